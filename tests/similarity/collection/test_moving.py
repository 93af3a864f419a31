import numpy as np
import pytest

from shoestring.core.errors import ConflictError, NotFoundError
from shoestring.similarity.collection import Moved, Teaching, move
from shoestring.similarity.collection.teaching import settled
from tests.similarity.collection.test_collection import filled


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr("shoestring.similarity.collection.moving.BATCH", 30)


def test_everything_arrives_and_a_second_move_does_nothing(local, collections):
    made, vectors = filled(local, 100)
    made.add(
        [{"id": "with all", "text": "Ü'\"", "reference": "/a/b", "metadata": {"a": [1, None]}, "vector": vectors[0]}]
    )
    told = []
    first = move(local, collections, "given", tick=lambda done, of: told.append((done, of)))
    assert first == Moved(101, 101, 0, 101, 1.0, True, False)
    assert told == [(30, 101), (60, 101), (90, 101), (101, 101)]
    there = collections.get("given")
    np.testing.assert_array_equal(there.vectors()[0], made.vectors()[0])
    hit = there.search(vectors[0], k=2).hits[1]
    assert (hit.id, hit.text, hit.reference, hit.metadata) == ("with all", "Ü'\"", "/a/b", {"a": [1, None]})
    assert move(local, collections, "given") == Moved(101, 0, 101, 101, 1.0, True, False)
    assert len(made) == 101


def test_an_interrupted_move_goes_on(local, collections):
    filled(local, 100)

    def stop(done, of):
        if done == 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(local, collections, "given", tick=stop)
    assert len(collections.get("given")) == 60
    assert move(local, collections, "given") == Moved(100, 40, 60, 100, 1.0, True, False)


def test_a_dry_run_writes_nothing(local, collections):
    filled(local, 40)
    assert move(local, collections, "given", dry_run=True) == Moved(40, 40, 0, 0, None, False, True)
    assert collections.count() == 0


def test_what_the_target_has_more_or_other_shows_in_the_comparison(local, collections):
    made, vectors = filled(local, 40)
    there, _ = filled(collections, 40, seed=5)
    there.add([{"id": f"more {n}", "vector": vectors[0] + 0.01 * np.eye(16)[n]} for n in range(15)])
    answer = move(local, collections, "given")
    assert answer.copied == 40 and answer.target_rows == 55 and not answer.complete and answer.recall < 1
    assert made.info().rows == 40


def test_equal_rows_that_come_in_another_order_are_no_loss(local, collections):
    made = local.create("equal")
    made.add([{"id": f"r{n}", "vector": [1.0, 0.0]} for n in range(25)])
    there = collections.create("equal")
    there.add([{"id": f"r{n}", "vector": [1.0, 0.0]} for n in reversed(range(25))])
    assert move(local, collections, "equal").recall == 1.0
    empty = local.create("empty")
    assert move(local, collections, "empty").complete and move(local, collections, empty.name).rows == 0


def test_models_are_not_mixed(local, collections):
    local.create("tickets", model="one")
    collections.create("tickets", model="another")
    with pytest.raises(ConflictError, match="another"):
        move(local, collections, "tickets")
    with pytest.raises(NotFoundError):
        move(local, collections, "nothing")


def test_what_somebody_taught_comes_along_once(local, collections):
    made, _ = filled(local, 40)
    ids = made.vectors()[1]
    teaching = Teaching(made)
    teaching.add([(ids[0], ids[1], True), (ids[2], ids[3], False), (ids[0], ids[1], False)])
    for _ in range(2):
        move(local, collections, "given")
        there = Teaching(collections.get("given")).answers()
        assert settled(there) == settled(teaching.answers()) and len(there) == 2
