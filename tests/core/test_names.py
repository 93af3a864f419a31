import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoestring.core.errors import BadDataError
from shoestring.core.names import clean_name


@pytest.mark.parametrize(
    "name",
    ["ana", "Zoë O'Neill-Smith", "山田 太郎", "Ольга", "مریم", "42", "a" * 200, "-", "...", "con"],
)
def test_names_of_people_are_accepted_as_they_are(name):
    assert clean_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", " ", " ana", "ana ", "a" * 201, ".", "..", "../etc/passwd", "a/b", "a\\b", "a\0b",
     "a\nb", "a\x1fb", "a\u202eb",
     "a\u200bb", "\ufeffana", "a\ud800b", "a\u2028b", "\u00a0ana", "a\ufffd"],
)  # fmt: skip
def test_names_that_are_something_else_in_disguise_are_refused(name):
    with pytest.raises(BadDataError):
        clean_name(name)


@given(st.text(max_size=250))
def test_a_name_that_is_accepted_is_stable_visible_and_no_path(name):
    try:
        cleaned = clean_name(name)
    except BadDataError:
        return
    assert clean_name(cleaned) == cleaned and 0 < len(cleaned) <= 200
    assert not set(cleaned) & set("/\\\0\n\r\t\x1f") and cleaned not in (".", "..")
