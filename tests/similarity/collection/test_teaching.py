"""Answers about pairs of rows on both databases, and new vectors in place of the old ones."""

from contextlib import closing

import numpy as np
import pytest
from sqlalchemy import event

from shoestring.core.errors import BadDataError, ConflictError, NotFoundError
from shoestring.similarity.collection import Collections, Teaching
from shoestring.similarity.collection.teaching import settled
from shoestring.similarity.pair_lessons import Lessons
from shoestring.similarity.projection import Projection, project
from tests.similarity.vectors import clumps


def rows(count=40, width=8):
    vectors, label = clumps(count // 10, 10, width=width)
    return [{"id": f"r{n}", "text": f"row {n} of group {g}", "vector": v}
            for n, (v, g) in enumerate(zip(vectors, label, strict=True))]  # fmt: skip


@pytest.fixture
def taught(collections):
    made = collections.create("given", model="base", source="text", modality="text")
    made.add(rows(), model="base")
    return Teaching(made)


def turned(width=8, **changes):
    matrix = np.random.default_rng(0).normal(size=(width, width)).astype(np.float32)
    return Projection(**{"matrix": matrix, "model": "base", "source": "text", "modality": "text", **changes})


def test_answers_are_kept_in_order_and_the_last_one_of_a_pair_holds(taught, collections):
    added = taught.add([("r2", "r1", True), ("r3", "r4", False)])
    assert [(one.first, one.second, one.same) for one in added] == [("r1", "r2", True), ("r3", "r4", False)]
    (again,) = taught.add([("r1", "r2", False)])
    with closing(Collections.open(str(collections.engine.url.render_as_string(hide_password=False)))) as other:
        answers = Teaching(other.get("given")).answers()
    assert answers == [*added, again] == sorted(answers, key=lambda one: one.number)
    assert settled(answers) == {("r1", "r2"): False, ("r3", "r4"): False}
    assert taught.undo() == again and settled(taught.answers())["r1", "r2"]
    assert taught.undo(added[0].number) == added[0] and taught.answers() == [added[1]]
    for number in (added[0].number, 10**6):
        with pytest.raises(NotFoundError, match=f"no answer {number}"):
            taught.undo(number)


def test_an_answer_that_cannot_be_stored_leaves_the_others_out_too(taught):
    for pairs, error in (([("r1", "r1", True)], BadDataError), ([("r1", "nobody", True)], NotFoundError)):
        with pytest.raises(error, match="nothing was stored"):
            taught.add([("r1", "r2", True), *pairs])
    assert taught.answers() == []


def test_answers_go_with_their_rows_and_with_what_the_rows_said(taught):
    taught.add([("r1", "r2", True), ("r3", "r4", False), ("r5", "r6", True)])
    given = taught.collection
    gone = given.delete(["r2"])
    assert gone.proof.found in (0, None)
    assert [one.first for one in taught.answers()] == ["r3", "r5"]
    changed = rows()
    given.add([{**changed[3], "text": "something else"}, {**changed[5], "vector": changed[6]["vector"]}], model="base")
    assert [one.first for one in taught.answers()] == ["r5"], "another vector of the same text says nothing new"
    given.store.delete("given")
    made = given.store.create("given")
    assert Teaching(made).answers() == []


def test_questions_are_about_pairs_that_nobody_answered_near_the_threshold(taught):
    asked = taught.questions(10, threshold=0.6)
    assert not asked.from_answers and asked.threshold == 0.6 and len(asked.pairs) == 10
    assert taught.questions(10, threshold=0.6) == asked
    taught.add([(one.first, one.second, one.score > 0.6) for one in asked.pairs])
    later = taught.questions(10, threshold=0.6)
    known = {(one.first, one.second) for one in taught.answers()}
    assert not known & {(min(o.first, o.second), max(o.first, o.second)) for o in later.pairs}
    vectors, ids = taught.collection.vectors()
    place = {one: row for row, one in enumerate(ids)}
    high, low = [], []
    for a in ids:
        for b in ids[place[a] + 1 :]:
            score = float(vectors[place[a]] @ vectors[place[b]])
            (high if 0.3 < score < 0.5 else low if 0.1 < score < 0.2 else []).append((a, b, score > 0.25))
    taught.add([*high[:8], *low[:8]])
    moved = taught.questions(5, threshold=0.9)
    assert moved.from_answers and moved.threshold < 0.75, "the answers place it, not the caller"


def test_lessons_hold_vectors_and_nothing_that_names_a_row(taught, collections):
    taught.add([("r1", "r2", True), ("r3", "r4", False), ("r1", "r2", False)])
    path = taught.write_lessons()
    lessons = Lessons.read(path)
    vectors, ids = taught.collection.vectors()
    assert (len(lessons), lessons.answers, lessons.model, lessons.source) == (2, 3, "base", "text")
    for (a, b), same, (first, second) in zip(lessons.pairs, lessons.same, [("r1", "r2"), ("r3", "r4")], strict=True):
        assert not same
        np.testing.assert_array_equal(lessons.vectors[a], vectors[ids.index(first)])
        np.testing.assert_array_equal(lessons.vectors[b], vectors[ids.index(second)])
    assert b"r1" not in path.read_bytes() and b"given" not in path.read_bytes()
    taught.collection.add(["a new row"] and rows(50)[45:46], model="base")
    taught.collection.vectors()
    assert path.is_file(), "a new row takes nothing away"
    taught.collection.delete(["r9"])
    assert not path.exists(), "its vectors may be those of the row that was deleted"
    plain = collections.create("plain")
    plain.add(rows())
    with pytest.raises(BadDataError, match="made without a model"):
        Teaching(plain).lessons()


def test_accepting_replaces_every_vector_and_the_model_at_once(taught):
    given = taught.collection
    before, ids = given.vectors()
    before = before.copy()
    stale = given.store.get("given")
    learned = turned()
    taught.add([("r1", "r2", True)])
    assert taught.accept(learned, "a-run") == 40
    after, same_ids = given.vectors()
    assert same_ids == ids and (given.model, given.source) == (learned.fingerprint, "a-run")
    np.testing.assert_array_equal(after, project(before, learned.matrix))
    assert len(taught.answers()) == 1
    found = given.search(project(before[3:4], learned.matrix)[0], k=1, model=learned.fingerprint)
    assert found.hits[0].id == "r3" and found.hits[0].score == pytest.approx(1)
    with pytest.raises(BadDataError, match="cannot be compared"):
        given.search(before[3], model="base")
    with pytest.raises(ConflictError, match="another model meanwhile"):
        stale.search(before[3], model="base")
    assert taught.accept(learned, "a-run") == 40, "once more changes nothing"
    np.testing.assert_array_equal(given.vectors()[0], after)
    with pytest.raises(BadDataError, match="learn again; nothing was changed"):
        taught.accept(turned(model="other"), "b")


def test_an_end_in_the_middle_leaves_the_old_vectors(taught):
    given = taught.collection
    before = given.vectors()[0].copy()
    seen = []

    def fail(connection, cursor, statement, *_):
        if statement.startswith("UPDATE collections"):
            seen.append(statement)
            raise KeyboardInterrupt

    event.listen(given.store.engine, "before_cursor_execute", fail)
    with pytest.raises(KeyboardInterrupt):
        taught.accept(turned(), "a-run")
    event.remove(given.store.engine, "before_cursor_execute", fail)
    assert seen and given.info().model == "base"
    np.testing.assert_array_equal(given.store.get("given").vectors()[0], before)


def test_another_width_or_model_is_refused(taught):
    for learned in (turned(model="other"), turned(width=5)):
        with pytest.raises(BadDataError, match="nothing was changed"):
            taught.accept(learned, "a-run")
    assert taught.collection.info().model == "base"
