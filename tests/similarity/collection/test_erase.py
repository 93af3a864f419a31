"""The claim is that nothing is left, so each test first shows that the search would have found it."""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event, text

from shoestring.core.database import sqlite_path
from shoestring.core.errors import NotFoundError
from shoestring.similarity.collection import erase
from shoestring.similarity.collection.tables import marked
from shoestring.similarity.search import unit

WIDTH = 96


def rows(numbers, seed=0):
    vectors = unit(np.random.default_rng(seed).normal(size=(200, WIDTH)))
    return [
        {"id": f"customer {n} of Lima", "text": f"private words of number {n}. " * (1 + n % 9),
         "reference": f"/letters/{n}.txt", "secret": f"code-{n * 7919}-x", "vector": vectors[n]}
        for n in numbers
    ]  # fmt: skip


def values(given):
    return [
        part
        for row in given
        for part in (*(row[key].encode() for key in ("text", "reference", "secret")), marked(row["id"]).encode(),
                     row["vector"].astype("<f4").tobytes())
    ]  # fmt: skip


def remains(store, wanted):
    """Pieces of ``wanted`` in the files of the store, by a search that shares no code with the product."""
    path = sqlite_path(store.engine)
    files = [file for file in store.cache.folder.rglob("*") if file.is_file()]
    if path is not None:
        files += [file for file in path.parent.iterdir() if file.name.startswith(path.name) and file.is_file()]
    else:
        with store.engine.connect() as connection:
            folder = Path(connection.scalar(text("SHOW data_directory")), "base")
            connection.execute(text("CHECKPOINT"))
        files += [file for file in folder.rglob("*") if file.is_file()]
    contents = [file.read_bytes() for file in files]
    pieces = {value[start : start + 40] for value in wanted for start in range(0, max(1, len(value) - 40), 160)}
    return {piece for piece in pieces if any(piece in content for content in contents)}


@pytest.fixture
def letters(collections):
    made = collections.create("letters")
    made.add(rows(range(100)))
    made.search(np.ones(WIDTH), exact=False)
    made.duplicates(0.9)
    return made


def test_nothing_of_deleted_rows_is_left_in_database_copy_or_index(collections, letters):
    gone, kept = rows(range(30, 40)), rows([*range(30), *range(40, 100)])
    assert len(remains(collections, values(gone))) > 50, "the search cannot fail"
    answer = letters.delete([row["id"] for row in gone] + ["nobody", "nobody"])
    assert (answer.deleted, answer.missing) == (10, 1)
    assert answer.proof.found == 0 and answer.proof.needles > 50 and answer.proof.searched_bytes > 50_000
    assert remains(collections, values(gone)) == set()
    assert len(letters) == 90
    for row in (kept[0], kept[-1]):
        assert letters.search(row["vector"], k=1).hits[0].id == row["id"]


def test_what_was_replaced_before_is_gone_as_well(collections, letters):
    old = rows([7])
    letters.add([{"id": old[0]["id"], "text": "short", "vector": rows([150])[0]["vector"]}])
    letters.delete([old[0]["id"]])
    assert remains(collections, values(old)) == set()


def test_nothing_of_a_deleted_collection_is_left(collections, letters):
    other = collections.create("other")
    other.add(rows(range(150, 160)))
    given = rows(range(0, 100, 7))
    assert remains(collections, [*values(given), marked("letters").encode()])
    answer = collections.delete("letters")
    assert answer.deleted == 100 and answer.proof.found == 0
    assert remains(collections, [*values(given), marked("letters").encode()]) == set()
    assert other.search(rows([153])[0]["vector"], k=1).hits[0].id == "customer 153 of Lima"
    with pytest.raises(NotFoundError, match="nothing was deleted"):
        collections.delete("letters")


def test_what_another_row_holds_too_is_not_called_a_remain(collections):
    made = collections.create("twins")
    twin = {"text": "the very same words in two rows", "secret": "shared-secret-code"}
    vector = rows([0])[0]["vector"]
    made.add([{"id": name, "vector": vector, **twin} for name in ("first one", "second one")])
    proof = made.delete(["first one"]).proof
    assert proof.found == 0 and proof.shared >= 3
    proof = made.delete(["second one"]).proof
    assert (proof.found, proof.shared) == (0, 0)


def test_the_search_of_the_product_finds_what_is_still_there(collections, letters):
    """With the deletion switched off the rows hold their own bytes; with them hidden, every piece is a remain."""

    def keep_rows(connection, cursor, statement, parameters, *_):
        harmless = "SELECT 1 WHERE 1 = 0", ()
        return harmless if statement.startswith("DELETE FROM collection_items") else (statement, parameters)

    event.listen(collections.engine, "before_cursor_execute", keep_rows, retval=True)
    needles = []
    with collections.engine.begin() as connection:
        needles = erase.needles(connection, letters.number, ["customer 3 of Lima"])
        erase.delete_rows(connection, letters.number, ["customer 3 of Lima"])
    proof = erase.prove_erased(collections.engine, collections.cache, needles)
    event.remove(collections.engine, "before_cursor_execute", keep_rows)
    assert proof.shared >= len(needles) - 1 > 3


def test_bytes_in_a_cache_are_found(local):
    made = local.create("letters")
    made.add(rows(range(20)))
    (local.cache.folder / "9-old").mkdir(parents=True)
    (local.cache.folder / "9-old" / "vectors.f32").write_bytes(b"x" * 999 + rows([3])[0]["vector"].tobytes())
    proof = made.delete(["customer 3 of Lima"]).proof
    assert proof.found >= 1


def test_of_many_rows_an_even_choice_is_searched_for(local, monkeypatch):
    monkeypatch.setattr(erase, "MOST_ROWS", 10)
    made = local.create("letters")
    made.add(rows(range(100)))
    with local.engine.begin() as connection:
        chosen = erase.needles(connection, made.number)
    found = {n for n in range(100) if marked(f"customer {n} of Lima").encode() in chosen}
    assert found == set(np.linspace(0, 99, 10).astype(int).tolist())
    assert local.delete("letters").deleted == 100
