import dataclasses

import pytest

from shoestring.activations.facts import facts
from shoestring.activations.specs import ELEMENTWISE, default
from shoestring.papers.activations_table import COLUMNS, ROWS, disagreements, numbers


@pytest.fixture(scope="module")
def found():
    return {entry.name: facts(default(entry).curve()) for entry in ELEMENTWISE}


def test_every_printed_number_is_reproduced_to_one_unit_of_its_last_digit(found):
    assert len(numbers()) > 100 and set(ROWS) == set(found)
    assert disagreements(found, units=1.01) == []


def test_those_that_round_differently_are_named(found):
    """1.37848 was printed as 1.379, .37947 as .380 and 1.08850 as 1.089."""
    assert disagreements(found) == ["rrelu gain", "silu slope_moment", "mish slope_bound"]
    assert found["rrelu"].gain == pytest.approx((2 / (1 + (11 / 48) ** 2)) ** 0.5, abs=1e-12)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_wrong_number_is_noticed(found, column):
    wrong = {**found, "gelu": dataclasses.replace(found["gelu"], **{column: 0.7})}
    assert f"gelu {column}" in disagreements(wrong, units=1.01)
