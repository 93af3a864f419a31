import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.templates import Template, leave_one_out_level

from .toys import ToyMatcher


@pytest.mark.parametrize("level", [None, -1.25])
def test_bytes_bring_back_the_template(level):
    template = Template("0123456789abcdef", 5, b"\x00\n\xff{}", level)
    assert Template.from_bytes(template.to_bytes()) == template


GOOD = Template("0123456789abcdef", 5, b"\x01\x02", 0.5).to_bytes()


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"anything",
        GOOD[:-1],
        GOOD + b"x",
        GOOD.replace(b'"count": 5', b'"count": 0'),
        GOOD.replace(b'"count": 5', b'"count": true'),
        GOOD.replace(b"0.5", b"NaN"),
        GOOD.replace(b'"level": 0.5', b'"level": "0.5"'),
        GOOD.replace(b'"matcher"', b'"matches"'),
        GOOD.replace(b"{", b"[" * 100_000),
    ],
)
def test_damaged_bytes_are_refused(damaged):
    with pytest.raises(BadDataError, match="enrol the person again"):
        Template.from_bytes(damaged)


def test_level_scores_each_item_against_the_others():
    items = np.array([[0.0], [1.0], [5.0]])
    # Distances to the mean of the other two: 3, 1.5, 4.5.
    assert leave_one_out_level(ToyMatcher(), items) == pytest.approx(-3.0)
    assert leave_one_out_level(ToyMatcher(), items[:1]) is None
