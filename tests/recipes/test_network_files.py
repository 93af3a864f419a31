import json

import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.nn.word_models import WordLstm
from shoestring.recipes.network_files import read_network, write_network

SIZES = {"words": 9, "hidden": 4, "layers": 1}


def test_a_network_comes_back_with_its_weights(tmp_path):
    model = WordLstm(9, hidden=4, layers=1).eval()
    write_network(tmp_path, "language-model", model, form="lstm", network=SIZES)
    words = torch.arange(5)[None]
    torch.testing.assert_close(read_network(tmp_path)(words), model(words))


@pytest.mark.parametrize(
    "change",
    [
        {"form": "gru"}, {"network": {**SIZES, "hidden": 5}}, {"network": {**SIZES, "hidden": "9"}}, {"network": {}},
        {"kind": "cat"},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(tmp_path, change):
    write_network(tmp_path, "language-model", WordLstm(9, hidden=4, layers=1), form="lstm", network=SIZES)
    head = json.loads((tmp_path / "shoestring.json").read_text())
    (tmp_path / "shoestring.json").write_text(json.dumps(head | change))
    with pytest.raises(BadDataError, match="not a network"):
        read_network(tmp_path)
