import sqlite3
import subprocess
import sys
import threading

import numpy as np
import pytest
from sqlalchemy.exc import DBAPIError

import shoestring
from shoestring.core.errors import BadDataError, ConflictError, NotFoundError
from shoestring.similarity.collection import Collection, Collections, collection
from shoestring.similarity.search import top_k, unit
from tests.similarity.vectors import clumps

TEXTS = [
    "refund not received", "the refund was not received", "parcel came late", "my parcel came too late",
    "cannot log in", "the login does not work", "invoice is wrong", "parcel came late",
]  # fmt: skip


@pytest.fixture
def tickets(collections, encoder):
    made = collections.create("tickets", model=encoder.fingerprint, modality="text")
    rows = [{"id": f"t{n}", "text": text, "n": n, "late": "late" in text} for n, text in enumerate(TEXTS)]
    assert made.add(rows, encoder=encoder) == collection.Added(8, 0, 0)
    return made


def filled(store, rows=200, name="given", seed=0):
    made = store.create(name)
    vectors, label = clumps(rows // 10, 10, seed=seed)
    made.add(
        [{"id": f"r{n}", "vector": v, "group": int(g)} for n, (v, g) in enumerate(zip(vectors, label, strict=True))]
    )
    return made, vectors


def test_search_finds_what_is_most_alike(tickets, encoder):
    found = tickets.search("refund not recieved", k=3, encoder=encoder)
    assert [hit.id for hit in found.hits[:2]] == ["t0", "t1"] and found.exact and found.recall is None
    vectors = encoder.encode(TEXTS)
    expected = top_k(vectors, encoder.encode(["refund not recieved"]), 3)
    assert [hit.id for hit in found.hits] == [f"t{row}" for row in expected.row[0]]
    np.testing.assert_allclose([hit.score for hit in found.hits], expected.score[0], rtol=1e-6)
    assert found.hits[0].text == TEXTS[0] and found.hits[0].metadata == {"n": 0, "late": False}
    assert found.searched == 8 and len(tickets.search("x y z", k=100, encoder=encoder).hits) == 8


def test_equal_rows_come_in_the_order_in_which_they_were_added(tickets, encoder):
    assert [hit.id for hit in tickets.search(TEXTS[2], k=2, encoder=encoder).hits] == ["t2", "t7"]


def test_a_filter_is_obeyed_and_counted(tickets, encoder):
    found = tickets.search("refund", k=3, filter={"late": True}, encoder=encoder)
    assert {hit.id for hit in found.hits} == {"t2", "t3", "t7"} and found.searched == 3
    assert tickets.search("refund", filter={"n": [1, 99]}, encoder=encoder).hits[0].id == "t1"
    assert tickets.search("refund", filter={"n": "1"}, encoder=encoder).hits == []


def test_many_rows_are_searched_exactly(collections):
    made, vectors = filled(collections, 500)
    for place in (0, 123, 499):
        found = made.search(vectors[place], k=12)
        expected = top_k(vectors, vectors[place : place + 1], 12)
        assert [hit.id for hit in found.hits] == [f"r{row}" for row in expected.row[0]]


def test_adding_again_changes_nothing_and_a_change_replaces(tickets, encoder):
    before = tickets.info()
    encoder.encoded = 0
    rows = [{"id": f"t{n}", "text": text, "n": n, "late": "late" in text} for n, text in enumerate(TEXTS)]
    assert tickets.add(rows, encoder=encoder) == collection.Added(0, 0, 8)
    assert encoder.encoded == 0 and tickets.info() == before
    rows[3] |= {"text": "broken screen"}
    assert tickets.add([*rows, {"id": "new", "text": "hello"}], encoder=encoder) == collection.Added(1, 1, 7)
    assert encoder.encoded == 2 and len(tickets) == 9
    assert tickets.search("broken screen", k=1, encoder=encoder).hits[0].id == "t3"
    assert not any(hit.text == TEXTS[3] for hit in tickets.search(TEXTS[3], k=9, encoder=encoder).hits)


def test_vectors_of_another_model_are_refused_wherever_they_come_from(collections, tickets, encoder):
    class Other(type(encoder)):
        pass

    other = Other(64, "another")
    vector = encoder.encode(["x"])[0]
    for attempt in (
        lambda: tickets.add(["x"], encoder=other),
        lambda: tickets.add([{"id": "x", "vector": vector}]),
        lambda: tickets.add([{"id": "x", "vector": vector}], model="another"),
        lambda: tickets.search("x", encoder=other),
        lambda: tickets.search(vector),
        lambda: tickets.search(vector, model="another"),
        lambda: collections.create("given").add([{"id": "x", "vector": vector}], model="triples/64"),
    ):
        with pytest.raises(BadDataError, match="cannot be compared"):
            attempt()
    assert len(tickets) == 8
    assert tickets.add([{"id": "x", "vector": vector}], model="triples/64").added == 1


def test_all_or_nothing(collections, tickets, encoder):
    given, _ = filled(collections, 20)
    for attempt, why in (
        (lambda: tickets.add(["fine", {"id": "z", "text": ""}], encoder=encoder), "no text to encode"),
        (lambda: tickets.add(["fine", {"text": "no id"}], encoder=encoder), "item 1: no id"),
        (lambda: tickets.add(["fine"]), "need an encoder"),
        (lambda: given.add([{"id": "a", "vector": [1.0] * 16}, {"id": "b", "text": "x"}]), "a vector with every row"),
        (lambda: given.add([{"id": "a", "vector": [1.0] * 16}, {"id": "b", "vector": [1.0]}]), "1 and 16 numbers"),
        (lambda: given.add([{"id": "a", "vector": [1.0, 2.0]}]), "another model"),
        (lambda: given.add([{"id": "r1", "vector": [0.0] * 16}]), "no direction"),
        (lambda: given.search([1.0, 2.0]), "16"),
        (lambda: given.search([0.0] * 16), "no direction"),
        (lambda: given.search([1.0] * 16, k=0), "k=0"),
        (lambda: tickets.add(["a", "b"], encoder=encoder, items=["a"]), "1 items for 2 rows"),
    ):
        before = (given.info(), tickets.info())
        with pytest.raises(BadDataError, match=why):
            attempt()
        assert (given.info(), tickets.info()) == before
    with pytest.raises(ConflictError, match="nothing was added"):
        given.add([{"id": f"n{n}", "vector": [1.0] * 16} for n in range(5)], at_most=24)
    assert len(given) == 20


def test_a_failure_of_the_encoder_or_the_disk_leaves_nothing(local, encoder, monkeypatch):
    made = local.create("tickets", model=encoder.fingerprint)
    monkeypatch.setattr(collection, "ENCODED_AT_ONCE", 3)

    class Breaks(type(encoder)):
        def encode(self, items):
            if "bad" in items:
                raise RuntimeError("out of memory")
            return super().encode(items)

    with pytest.raises(RuntimeError):
        made.add(["a", "b", "c", "d", "bad"], encoder=Breaks())
    assert len(made) == 0
    with local.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
    # SQLite answers as it does on a disk without room.
    with pytest.raises(DBAPIError, match="full"):
        made.add([f"text {n} " * 50 for n in range(2000)], encoder=encoder)
    assert len(made) == 0 and made.search("text", encoder=encoder).hits == ()


def test_a_killed_import_leaves_the_collection_as_it_was(local, encoder):
    made, vectors = filled(local, 50)
    path = local.engine.url.database
    code = (
        "import os, numpy as np\n"
        "from shoestring.similarity.collection import Collections, insert\n"
        "note = insert.note_change\n"
        "insert.note_change = lambda *args, **more: (note(*args, **more), os.kill(os.getpid(), 9))\n"
        f"store = Collections.open('sqlite:///{path}')\n"
        "store.get('given').add([{'id': f'n{n}', 'vector': np.eye(16)[n % 16]} for n in range(900)])\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert len(made) == 50 and made.search(vectors[7], k=1).hits[0].id == "r7"


def test_duplicates_with_groups_and_what_other_thresholds_give(tickets, encoder):
    found = tickets.duplicates(0.5, lowest=0.1)
    vectors = encoder.encode(TEXTS).astype(float)
    expected = {(i, j) for i in range(8) for j in range(i + 1, 8) if vectors[i] @ vectors[j] >= 0.5}
    assert {(first, second) for first, second, _ in found.pairs} == {(f"t{i}", f"t{j}") for i, j in expected}
    assert found.total == len(expected) and found.pairs[0][:2] == ("t2", "t7") and found.pairs[0][2] == 1.0
    joined = {n: {n} for n in range(8)}
    for i, j in expected:
        for row in joined[i] | joined[j]:
            joined[row] = joined[i] | joined[j]
    several = {frozenset(f"t{n}" for n in group) for group in joined.values() if len(group) > 1}
    assert {frozenset(group) for group in found.groups} == several and found.rows == 8 and len(several) > 1
    for threshold in (0.99, 0.5, 0.1):
        again = tickets.duplicates(threshold)
        sizes = [len(group) for group in again.groups]
        assert found.curve.at(threshold) == (len(sizes), sum(sizes), max(sizes, default=1))
    listed = tickets.duplicates(0.5, at_most=1)
    assert len(listed.pairs) == 1 and listed.as_dict()["truncated"] and listed.groups == found.groups
    for wrong in ({"threshold": 1.5}, {"threshold": 0.5, "lowest": -2}, {"threshold": float("nan")}):
        with pytest.raises(BadDataError, match="cosine"):
            tickets.duplicates(**wrong)


def test_clusters(collections):
    made, vectors = filled(collections, 100)
    label = clumps(10, 10)[1]
    found = made.cluster(count=10)
    assert {frozenset(group) for group in found.groups} == {
        frozenset(f"r{row}" for row in np.flatnonzero(label == group)) for group in range(10)
    }
    assert sum(map(len, made.cluster(threshold=0.99).groups)) == 100
    assert found.as_dict()["curve"]["largest"][-1] == 100
    for wrong in ({}, {"count": 101}, {"count": 3, "threshold": 0.5}):
        with pytest.raises(BadDataError):
            made.cluster(**wrong)


def test_an_empty_collection_answers(collections):
    made = collections.create("empty")
    assert (
        made.search([1.0, 2.0]).hits == ()
        and made.duplicates().groups == []
        and made.cluster(threshold=0.5).groups == []
    )
    assert made.add([]) == collection.Added(0, 0, 0) and made.info().width is None
    assert made.delete(["x"]).missing == 1
    with pytest.raises(BadDataError):
        made.cluster(count=1)


def test_a_deleted_collection_is_gone_for_those_who_hold_it(collections):
    made, _ = filled(collections, 20)
    collections.delete("given")
    again, _ = filled(collections, 10)
    for use in (
        made.info,
        made.duplicates,
        lambda: made.search([1.0] * 16),
        lambda: made.add([]),
        lambda: made.delete(["r1"]),
    ):
        with pytest.raises(NotFoundError, match="was deleted"):
            use()
    assert len(again) == 10


def test_two_who_write_at_once_both_succeed(collections):
    made = collections.create("shared")
    draw = np.random.default_rng(0)
    vectors = unit(draw.normal(size=(200, 8)))
    failures = []

    def work(part):
        try:
            for row in part:
                collections.get("shared").add([{"id": f"r{row}", "vector": vectors[row]}])
                made.search(vectors[row])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(range(start, start + 20),)) for start in (0, 20, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and len(made) == 60
    assert {made.search(vectors[row], k=1).hits[0].id for row in range(60)} == {f"r{row}" for row in range(60)}


def test_the_public_name(tmp_path, encoder, monkeypatch):
    url = f"sqlite:///{tmp_path / 'mine.sqlite'}"
    made = shoestring.Collection.create("notes", encoder=encoder, database=url)
    made.add(TEXTS, encoder=encoder)
    made.close()
    again = Collection.open("notes", database=url)
    assert again.model == encoder.fingerprint and len(again) == 8 and again.name == "notes" and again.source is None
    again.close()
    with pytest.raises(NotFoundError, match="there are: notes"):
        Collection.open("nots", database=url)
    with pytest.raises(ConflictError):
        Collection.create("notes", encoder=encoder, database=url)
    default = Collection.create("by default", width=3)
    default.close()
    assert (tmp_path / "home" / "collections.sqlite").is_file()


def test_large_imports_wait_in_a_file(local, encoder, monkeypatch):
    monkeypatch.setattr(collection, "IN_MEMORY", 100)
    monkeypatch.setattr(collection, "ENCODED_AT_ONCE", 3)
    made = local.create("tickets", model=encoder.fingerprint)
    told = []
    assert made.add(TEXTS, encoder=encoder, tick=lambda done, of: told.append((done, of))).added == 8
    assert told == [(3, 8), (6, 8), (8, 8)]
    assert made.search(TEXTS[5], k=1, encoder=encoder).hits[0].text == TEXTS[5]
    rows = [{"id": str(n), "vector": v} for n, v in enumerate(np.eye(30)[:8])]
    assert local.create("given").add(rows).added == 8


def test_the_file_holds_plain_tables_that_other_tools_read(tmp_path, local):
    filled(local, 20)
    with sqlite3.connect(local.engine.url.database) as other:
        text = other.execute("SELECT json_extract(metadata, '$.group') FROM collection_items LIMIT 1").fetchone()
    other.close()
    assert isinstance(text[0], int)
    assert Collections.open(f"sqlite:///{local.engine.url.database}").count() == 1
