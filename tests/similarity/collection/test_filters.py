import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shoestring.core.errors import BadDataError
from shoestring.similarity.collection.filters import condition

ROWS = [
    {"lang": "en", "n": 1}, {"lang": "de", "n": 1.0}, {"lang": ["en"], "n": "1"}, {"lang": None, "n": True},
    {"n": False, 'odd "key" \\ $.x:y %': "a:b 'q'"}, {"deep": {"lang": "en"}, "n": 0}, {}, {"n": 2.5, "lang": "EN"},
]  # fmt: skip


@pytest.fixture
def made(collections):
    found = collections.create("rows")
    found.add([{"id": str(n), "metadata": row, "vector": [1.0, n]} for n, row in enumerate(ROWS)])
    return found


def fits(row, wanted):
    """The meaning, without a database."""

    def same(stored, value):
        if isinstance(stored, dict | list):
            return False
        return stored == value and isinstance(stored, bool) == isinstance(value, bool)

    return all(
        key in row and any(same(row[key], one) for one in (value if isinstance(value, list) else [value]))
        for key, value in wanted.items()
    )


@pytest.mark.parametrize(
    "wanted",
    [
        {}, {"lang": "en"}, {"n": 1}, {"n": 1.0}, {"n": "1"}, {"n": True}, {"n": False}, {"n": 0}, {"lang": None},
        {"lang": ["en", "de"]}, {"lang": "en", "n": 1}, {"missing": None}, {"n": 2.5}, {"n": [2.5, True, "1"]},
        {'odd "key" \\ $.x:y %': "a:b 'q'"}, {"deep": "en"}, {"lang": "e%"}, {"' OR 1=1 --": 1}, {"n": -(2**63) + 1},
    ],
)  # fmt: skip
def test_the_same_rows_fit_on_both_databases(made, wanted):
    found = {hit.id for hit in made.search([1.0, 1.0], k=20, filter=wanted).hits}
    assert found == {str(n) for n, row in enumerate(ROWS) if fits(row, wanted)}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["lang", "n", "deep", "x"]), st.none() | st.booleans() | st.integers(-3, 3)
       | st.sampled_from(["en", "EN", "1", ""]), max_size=2))  # fmt: skip
def test_any_filter_means_what_it_says(made, wanted):
    found = {hit.id for hit in made.search([1.0, 1.0], k=20, filter=wanted).hits}
    assert found == {str(n) for n, row in enumerate(ROWS) if fits(row, wanted)}


@pytest.mark.parametrize(
    "wanted",
    [
        {"a": {"b": 1}}, {"a": []}, {"a": [[1]]}, {"a": float("nan")}, {"a\x00": 1}, {"a": "\x00"}, {"a": "\ud800"},
        {"a" * 201: 1}, {"a": 2**63}, {"a": list(range(101))}, {str(n): 1 for n in range(21)}, {"a": object()},
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(made, wanted):
    for dialect in ("sqlite", "postgresql"):
        with pytest.raises(BadDataError, match="filter"):
            condition(dialect, wanted)
