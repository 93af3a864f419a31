import subprocess
import sys

import pytest

from shoestring.activations.catalog import ENTRIES, find
from shoestring.core.errors import NotFoundError


def test_names_are_unique_and_every_entry_is_complete():
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)
    for entry in ENTRIES:
        assert all((entry.formula, entry.slope, entry.note, entry.paper)), entry.name
        assert all(p.low <= p.default <= p.high and p.help for p in entry.parameters), entry.name


@pytest.mark.parametrize("name", ["leaky_relu", "LeakyReLU", "leaky-relu", "LEAKYRELU"])
def test_an_entry_is_found_by_either_name(name):
    assert find(name).name == "leaky_relu"


def test_a_typing_error_is_answered_with_the_nearest_name():
    with pytest.raises(NotFoundError, match="did you mean 'mish'"):
        find("mihs")


def test_the_catalogue_imports_nothing_heavy():
    code = "import sys, shoestring.activations.catalog; assert not {'numpy', 'torch', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
