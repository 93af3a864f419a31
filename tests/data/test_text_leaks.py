import pytest

from shoestring.data.text_leaks import leaks, normal


def test_two_texts_are_one_whatever_their_case_and_punctuation():
    assert normal(" A man, playing -- GUITAR! ") == normal("a man playing guitar") == "a man playing guitar"
    assert normal("straße") == normal("STRASSE") and normal("?!") == ""


@pytest.mark.parametrize(("level", "expected"), [("pair", [True, False, False]), ("text", [True, True, False])])
def test_a_pair_leaks_in_either_order_and_a_text_anywhere(level, expected):
    training = [("B!", "a", "c"), ("A", "x", "d")]
    assert leaks(training, [("a", "q"), ("b", "r")], level).tolist() == expected


def test_any_two_of_a_triplet_can_be_a_held_out_pair():
    assert leaks([("x",), ("a",), ("b",)], [("b",), ("a",)]).tolist() == [True]
    assert leaks([("x",), ("a",), ("",)], [("",), ("x",)], "text").tolist() == [True]


def test_nothing_leaks_into_nothing():
    assert leaks([("a",), ("b",)], [(), ()]).tolist() == [False]
