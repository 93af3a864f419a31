from dataclasses import dataclass

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity import label_noise
from shoestring.similarity.encoded import Encoded
from shoestring.similarity.label_noise import doubtful_items, doubtful_pairs, doubtful_samples
from tests.similarity.toys import ToyMatcher, toy_people


def test_doubt_in_pairs_equals_counting():
    draw = np.random.default_rng(0)
    same = draw.random(200) < 0.5
    score = np.round(draw.normal(size=200) + 1.5 * same, 1)
    expected = {}
    for row in range(200):
        fmr = np.mean([s >= score[row] for s in score[~same]])
        fnmr = np.mean([s <= score[row] for s in score[same]])
        doubt = (fmr if same[row] else fnmr) / (fmr + fnmr)
        if doubt > 0.5:
            expected[row] = doubt
    found = doubtful_pairs(score, same)
    assert {pair.row: pair.doubt for pair in found} == pytest.approx(expected)
    assert [pair.doubt for pair in found] == sorted((pair.doubt for pair in found), reverse=True)
    assert all(pair.score == score[pair.row] and pair.same == same[pair.row] for pair in found)


def test_labels_that_were_swapped_come_first():
    draw = np.random.default_rng(1)
    same = np.arange(1000) % 2 == 0
    score = draw.normal(size=1000) + 12 * same
    swapped = np.array([10, 11, 500, 777])
    wrong = same.copy()
    wrong[swapped] = ~wrong[swapped]
    assert {pair.row for pair in doubtful_pairs(score, wrong)[:4]} == set(swapped)
    assert doubtful_pairs(score, same) == []


def test_equal_doubts_are_ordered_by_how_wrong_the_score_is():
    # Both "same" pairs at the bottom score below every "different" pair.
    score, same = [0.1, 0.0, 0.2, 0.3, 0.9, 0.8], [True, True, False, False, True, True]
    assert [pair.row for pair in doubtful_pairs(score, same)] == [1, 0]


def test_items_under_a_wrong_name_are_found_and_the_right_one_is_told():
    draw = np.random.default_rng(2)
    centres = draw.normal(size=(6, 16))
    true = np.repeat(np.arange(6), 8)
    z = 5 * (centres[true] + 0.3 * draw.normal(size=(48, 16)))
    names = np.array([f"p{k}" for k in true])
    assert doubtful_items(z, names) == []
    names[[3, 20]] = ["p4", "p0"]
    found = doubtful_items(z, names)
    assert {(item.row, item.identity, item.looks_like) for item in found[:2]} == {(3, "p4", "p0"), (20, "p0", "p2")}
    assert all(item.doubt == item.rival - item.own > 0 for item in found)
    assert [item.doubt for item in found] == sorted((item.doubt for item in found), reverse=True)


def test_an_item_is_left_out_of_its_own_centroid():
    # With itself inside, the opposite vector would lie in the middle of its identity.
    z = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    found = doubtful_items(z, ["a", "a", "b"])
    assert [(item.row, item.own, item.rival) for item in found] == [(0, -1.0, 0.0), (1, -1.0, 0.0)]


def test_an_item_alone_in_its_identity_is_left_out():
    z = np.array([[1.0, 0.0], [1.0, 0.1], [1.0, 0.05]])
    # It lies between the two of "a", who each are nearer to it than to one another.
    assert {item.row for item in doubtful_items(z, ["a", "a", "b"])} == {0, 1}


@pytest.mark.parametrize(
    ("score", "same", "message"),
    [
        ([0.1, 0.2], [True, True], "both labels"),
        ([0.1, np.nan], [True, False], "finite"),
        ([0.1], [True, False], "shape"),
    ],
)
def test_pairs_without_an_answer_are_refused(score, same, message):
    with pytest.raises(BadDataError, match=message):
        doubtful_pairs(score, same)


@pytest.mark.parametrize(
    ("z", "identity", "message"),
    [
        (np.ones((2, 2)), ["a", "a"], "two identities"),
        (np.ones((2, 2)), ["a"], "shape"),
        (np.array([[1.0], [np.inf]]), ["a", "b"], "row 1"),
    ],
)
def test_items_without_an_answer_are_refused(z, identity, message):
    with pytest.raises(BadDataError, match=message):
        doubtful_items(z, identity)


class Vectors:
    """A matcher that knows the vector of every item: the item itself."""

    maker = "0" * 16

    def encoded(self, items):
        return [Encoded(np.asarray(item, np.float32), self.maker) for item in items]


@dataclass(frozen=True)
class Labelled:
    """Items with labels."""

    items: np.ndarray
    identity: np.ndarray
    genuine: np.ndarray

    @property
    def sample(self):
        return np.arange(len(self.items)) % 6 + 1

    def __len__(self):
        return len(self.items)

    def __getitem__(self, row):
        return self.items[row]


def test_items_that_changed_places_are_named_and_forgeries_are_not(monkeypatch):
    draw = np.random.default_rng(4)
    items = np.repeat(np.eye(4, 12), 6, axis=0) + 0.05 * draw.normal(size=(24, 12))
    names = np.repeat([f"p{k}" for k in range(4)], 6)
    assert doubtful_samples(Vectors(), Labelled(items, names, np.ones(24, bool))) == []
    items[[2, 8]] = items[[8, 2]]
    # A forgery looks like somebody else, which is its nature.
    items[23] = items[0]
    people = Labelled(items, names, np.arange(24) != 23)
    found = doubtful_samples(Vectors(), people)
    assert {(o["person"], o["sample"], o["looks_like"]) for o in found} == {("p0", 3, "p1"), ("p1", 3, "p0")}
    assert all(one["rival"] > one["own"] for one in found)
    # Blocks of rows change nothing.
    monkeypatch.setattr(label_noise, "_BLOCK", 5)
    assert doubtful_samples(Vectors(), people) == found


def test_where_nothing_can_be_said_nothing_is(monkeypatch):
    people = toy_people(3)
    assert doubtful_samples(ToyMatcher(), people) is None
    two = Labelled(np.eye(4), np.array(["a", "a", "b", "b"]), np.ones(4, bool))
    assert doubtful_samples(Vectors(), Labelled(np.eye(2), np.array(["a", "a"]), np.ones(2, bool))) is None
    assert doubtful_samples(Vectors(), two) is not None
    monkeypatch.setattr(label_noise, "MOST_ITEMS", 3)
    assert doubtful_samples(Vectors(), two) is None
