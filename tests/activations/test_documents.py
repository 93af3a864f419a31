import json

import numpy as np
import pytest

from shoestring.activations.catalog import ENTRIES
from shoestring.activations.documents import curve_document, entry_document, places, python_of, samples
from shoestring.activations.specs import ELEMENTWISE, default, parse
from shoestring.activations.torch_modules import build
from shoestring.core.errors import BadDataError


def test_both_sides_of_a_break_are_sampled_and_lines_part_only_where_they_jump():
    curve = parse("hardshrink").curve()
    x = places(curve, -1, 1, 5)
    table = samples(curve, x)
    assert len(x) == 5 + 4  # the breaks at -0.5 and 0.5 are places of the grid already
    at = x.tolist().index(0.5)
    assert table["value"][at - 1 : at + 2] == [0.0, None, pytest.approx(0.5)]
    assert table["slope"][at] is None and table["curvature"][at] == 0
    relu = samples(parse("relu").curve(), places(parse("relu").curve(), -1, 1, 3))
    assert None not in relu["value"] and None in relu["slope"]


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=lambda entry: entry.name)
def test_documents_are_json_without_nan(entry):
    document = curve_document(entry.name, default(entry).curve(), -4, 4, 41)
    json.dumps(document, allow_nan=False)
    assert np.all(np.diff(document["x"]) > 0)


@pytest.mark.parametrize("low,high,points", [(1, 1, 9), (0, 2000, 9), (0, float("nan"), 9), (0, 1, 1), (0, 1, 5000)])
def test_ranges_are_checked(low, high, points):
    with pytest.raises(BadDataError):
        places(parse("relu").curve(), low, high, points)


def test_the_python_of_an_entry_makes_its_module():
    import torch

    for entry in ENTRIES:
        json.dumps(entry_document(entry))
        if entry.family == "elementwise":
            made = eval(python_of(default(entry)), {"torch": torch})  # noqa: S307
            assert type(made) is type(build(entry, default(entry).values))
    assert python_of(parse("gelu_tanh")) == "torch.nn.GELU(approximate='tanh')"
