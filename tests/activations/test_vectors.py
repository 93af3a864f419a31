import json

import numpy as np
import pytest

from shoestring.activations.catalog import ENTRIES, find
from shoestring.activations.vectors import vector_document
from shoestring.core.errors import BadDataError

OTHERS = [entry for entry in ENTRIES if entry.family != "elementwise"]


@pytest.mark.parametrize("entry", OTHERS, ids=lambda entry: entry.name)
def test_every_entry_that_is_no_curve_has_an_example(entry):
    document = vector_document(entry)
    json.dumps(document, allow_nan=False)
    assert document["label"]
    if document["kind"] == "matrix":
        rows = np.array(document["rows"])
        assert rows.sum(1) == pytest.approx(np.full(len(rows), 1.0 if entry.name == "multihead_attention" else 0.0))


def test_an_adaptive_softmax_has_fewer_weights_than_a_full_layer():
    full, *parts = vector_document(find("adaptive_log_softmax"))["parts"]
    assert full["weights"] == 25_600_000 and sum(part["weights"] for part in parts) < 4_000_000


def test_a_curve_has_no_vector_example():
    with pytest.raises(BadDataError, match="gelu is a curve"):
        vector_document(find("gelu"))
