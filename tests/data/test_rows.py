import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data import rows
from shoestring.data.rows import as_json, make_row, make_vector, rows_of


def test_a_row_is_what_was_given_and_other_keys_are_metadata():
    row = make_row(
        {"id": 7, "text": " Grüße ", "lang": "de", "metadata": {"n": [1, 2.5, None, True]}, "vector": [1, 2]}
    )
    assert (row.id, row.text, row.reference) == ("7", " Grüße ", None)
    assert row.metadata == {"n": [1, 2.5, None, True], "lang": "de"} and row.vector.tolist() == [1, 2]
    assert make_row({"text": "x", "id": ""}, "file:3").id == "file:3" and make_row({"id": "a", "text": ""}).text is None


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({}, "no id"),
        ({"id": "a\nb"}, "control character"),
        ({"id": "a" * 501}, "longer than 500"),
        ({"id": True}, "id is not text"),
        ({"id": "a", "text": 3}, "text is not text"),
        ({"id": "a", "text": "  \n"}, "text is empty"),
        ({"id": "a", "text": "x" * 100_001}, "longer than 100,000"),
        ({"id": "a", "text": "x\x00"}, "NUL"),
        ({"id": "a", "text": "x\ud800"}, "half a surrogate"),
        ({"id": "a", "text": "x\udcff"}, "not UTF-8"),
        ({"id": "a", "metadata": [1]}, "not an object"),
        ({"id": "a", "metadata": {"x": float("nan")}}, "not plain JSON"),
        ({"id": "a", "metadata": {"x": object()}}, "not plain JSON"),
        ({"id": "a", "metadata": {"x\ud800": 1}}, "half a surrogate"),
        ({"id": "a", "metadata": {"x": "\x00"}}, "NUL"),
        ({"id": "a", "metadata": {"x": "y" * 20_000}}, "longer than 16,384"),
        ({"id": "a", "metadata": {"x": [[[[[[[[1]]]]]]]]}}, "nested deeper"),
        ({"id": "a", "vector": []}, "1 to 16,000"),
        ({"id": "a", "vector": [1] * 16_001}, "1 to 16,000"),
        ({"id": "a", "vector": "text"}, "list of numbers"),
        ({"id": "a", "vector": [[1.0]]}, "list of numbers"),
        ({"id": "a", "vector": [1, "2"]}, "list of numbers"),
        ({"id": "a", "vector": [True, False]}, "list of numbers"),
        ({"id": "a", "vector": [10**400]}, "list of numbers"),
        ({"id": "a", "vector": [0, 0]}, "no direction"),
        ({"id": "a", "vector": [1, float("inf")]}, "no direction"),
    ],
)
def test_a_broken_row_is_refused_with_its_reason(record, reason):
    with pytest.raises(BadDataError, match=reason):
        make_row(record)


def test_a_loop_in_metadata_is_refused():
    loop: dict = {}
    loop["me"] = loop
    with pytest.raises(BadDataError, match="not plain JSON"):
        make_row({"id": "a", "metadata": loop})


def test_vectors_keep_their_precision():
    assert make_vector(np.ones(3, np.float32)).dtype == np.float32 and make_vector([1, 2]).dtype == np.float64
    assert make_vector(np.array([1, 2], np.float16)).dtype == np.float64


def test_bare_texts_are_named_by_what_they_say():
    first, again = rows_of(["a b", "c", "a b"]), rows_of(["c", "a b", "a b"])
    assert {row.id for row in first} == {row.id for row in again} and first[2].id == f"{first[0].id}:2"
    with pytest.raises(BadDataError, match="item 1: the id occurs twice; nothing was added"):
        rows_of([{"id": "x", "text": "1"}, {"id": "x", "text": "2"}])
    with pytest.raises(BadDataError, match="item 0: the text has half"):
        rows_of(["\ud800"])


def test_json_is_the_same_whatever_the_order():
    assert as_json({"b": 1, "a": "ü"}) == as_json({"a": "ü", "b": 1}) == '{"a":"ü","b":1}'
    assert rows.MAX_DEPTH > 2
