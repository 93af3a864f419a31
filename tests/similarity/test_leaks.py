import numpy as np
import pytest

from shoestring.similarity.leaks import Leak, content_hash, identity_leaks, item_leaks


def test_an_identity_in_two_parts_is_found_with_its_rows():
    parts = {"train": ["ann", "bob", "ann", "eve"], "validation": ["tom"], "test": ["zoe", "ann", "eve"]}
    assert identity_leaks(parts) == [
        Leak("identity", "ann", {"train": (0, 2), "test": (1,)}),
        Leak("identity", "eve", {"train": (3,), "test": (2,)}),
    ]
    assert str(identity_leaks(parts)[0]) == "identity ann is in 2 parts: train (rows 0, 2), test (rows 1)"


def test_repetition_inside_a_part_is_no_leak():
    assert identity_leaks({"train": ["a", "a"], "test": ["b", "b"]}) == []
    assert item_leaks({"train": [b"x", b"x"], "test": [b"y"]}) == []


def test_numbers_and_their_text_are_one_identity_but_case_counts():
    assert [leak.value for leak in identity_leaks({"train": np.array([7, 8]), "test": ["7", "Ann"]})] == ["7"]
    assert identity_leaks({"train": ["Ann"], "test": ["ann"]}) == []


def test_the_same_item_under_another_name_is_found():
    draw = np.random.default_rng(0)
    images = draw.integers(0, 255, size=(5, 8, 8)).astype(np.uint8)
    leaks = item_leaks({"train": images[:3], "test": [images[4], images[1].copy(), images[3]]})
    assert [leak.rows for leak in leaks] == [{"train": (1,), "test": (1,)}]
    assert leaks[0].value == content_hash(images[1])


def test_many_rows_are_counted_and_not_listed():
    text = str(identity_leaks({"a": ["x"] * 9, "b": ["x"]})[0])
    assert "rows 0, 1, 2 and 6 more" in text


@pytest.mark.parametrize(
    "other",
    [
        np.arange(6, dtype=np.int16).reshape(3, 2),
        np.arange(6, dtype=np.int32).reshape(2, 3),
        np.arange(6, dtype=np.int16).reshape(2, 3) + 1,
    ],
    ids=["shape", "type", "values"],
)
def test_a_hash_is_of_type_shape_and_values(other):
    array = np.arange(6, dtype=np.int16).reshape(2, 3)
    assert content_hash(array) != content_hash(other)
    # Neither the layout in memory nor the order of bytes is content.
    assert content_hash(array) == content_hash(np.asfortranarray(array)) == content_hash(array.astype(">i2"))
    assert content_hash(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
