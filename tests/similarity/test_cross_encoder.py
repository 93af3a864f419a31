import json

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.core.files import atomic_folder
from shoestring.similarity.cross_encoder import CrossBert, CrossEncoder, load, passes
from tests.recipes.texts import small_bert

LEFT, RIGHT = ["The man buys the car.", "a dog", "x"], ["The guy sells a house in the town.", "a dog", ""]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.manual_seed(0)
    return CrossEncoder(CrossBert(model=str(small_bert(tmp_path_factory.mktemp("b")))).build(), title="t")


def test_scores_are_those_of_one_pair_at_a_time_through_the_plain_network(model):
    found = model.score(LEFT, RIGHT)
    assert found.shape == (3,) and ((found > 0) & (found < 1)).all()
    for place, (a, b) in enumerate(zip(LEFT, RIGHT, strict=True)):
        pair = model.network.tokeniser.encode(a, b)
        with torch.no_grad():
            logit = model.network.network(
                input_ids=torch.tensor([pair.ids]), token_type_ids=torch.tensor([pair.type_ids])
            ).logits
        assert found[place] == pytest.approx(float(logit.sigmoid()), abs=1e-5)
    assert model.score([], []).shape == (0,)


def test_the_order_of_the_texts_matters(model):
    there, back = model.score(LEFT[:1], RIGHT[:1]), model.score(RIGHT[:1], LEFT[:1])
    assert abs(there[0] - back[0]) > 1e-7


def test_saved_and_loaded_it_is_the_same(model, tmp_path):
    atomic_folder(tmp_path / "m", model.write)
    again = load(tmp_path / "m")
    assert np.array_equal(again.score(LEFT, RIGHT), model.score(LEFT, RIGHT)) and again.fingerprint == model.fingerprint
    head = tmp_path / "m" / "shoestring.json"
    head.write_text(json.dumps(json.loads(head.read_text()) | {"fingerprint": "0" * 16}))
    with pytest.raises(BadDataError, match="fingerprint"):
        load(tmp_path / "m")
    (tmp_path / "m" / "tokenizer.json").write_text("{}")
    with pytest.raises(BadDataError, match="damaged"):
        load(tmp_path / "m")


def test_ten_thousand_texts_are_fifty_million_passes():
    assert passes(10_000) == 49_995_000


def test_without_a_model_it_says_so():
    with pytest.raises(ConfigError, match="empty"):
        CrossBert().build()


def test_what_is_no_text_is_refused_by_its_place(model):
    with pytest.raises(BadDataError, match="item 2 has half a surrogate pair"):
        model.score(LEFT, [*RIGHT[:2], "\udfff"])
