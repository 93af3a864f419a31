"""The copy is either that of the generation asked for, byte for byte, or made anew."""

import json
import shutil
import stat

import numpy as np
import pytest

from shoestring.similarity.collection import Collections, cache
from shoestring.similarity.collection.cache import HEAD, NUMBERS, VECTORS
from tests.similarity.collection.test_collection import filled


def copies(store):
    return sorted(path for path in store.cache.folder.iterdir() if path.is_dir())


def fresh(store):
    """The same database as a process that begins now sees it."""
    return Collections.open(f"sqlite:///{store.engine.url.database}")


def check(store, vectors, ids):
    found, names = store.get("given").vectors()
    np.testing.assert_array_equal(found, vectors)
    assert names == ids


@pytest.fixture
def reads(monkeypatch):
    """How many rows were read from the database."""
    counts = []
    stack = np.stack

    def counted(arrays, *more, **named):
        counts.append(len(arrays))
        return stack(arrays, *more, **named)

    monkeypatch.setattr(cache.np, "stack", counted)
    return counts


def test_the_copy_is_used_again_by_others(local, reads):
    made, vectors = filled(local, 100)
    reads.clear()
    ids = [f"r{n}" for n in range(100)]
    check(local, vectors, ids)
    assert sum(reads) == 100
    check(local, vectors, ids)
    other = fresh(local)
    check(other, vectors, ids)
    assert sum(reads) == 100
    assert isinstance(made.vectors()[0], np.memmap) and len(copies(local)) == 1
    other.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / VECTORS).write_bytes((folder / VECTORS).read_bytes()[:-4]),
        lambda folder: (folder / VECTORS).write_bytes(b"\1" + (folder / VECTORS).read_bytes()[1:]),
        lambda folder: (folder / NUMBERS).write_bytes((folder / NUMBERS).read_bytes()[::-1]),
        lambda folder: (folder / NUMBERS).unlink(),
        lambda folder: (folder / HEAD).write_text("{"),
        lambda folder: (folder / HEAD).write_text("[1]"),
        lambda folder: (folder / HEAD).write_bytes(b"\xff"),
        lambda folder: (folder / HEAD).write_text(json.dumps({"generation": "other"})),
        shutil.rmtree,
    ],
)
def test_a_damaged_copy_is_made_anew(local, damage):
    _, vectors = filled(local, 40)
    ids = [f"r{n}" for n in range(40)]
    check(local, vectors, ids)
    damage(copies(local)[0])
    other = fresh(local)
    check(other, vectors, ids)
    other.close()


def test_a_copy_of_another_generation_is_not_used(local):
    """A store that was put back from a copy, and then grew to the same number of rows by other rows."""
    made, vectors = filled(local, 40)
    kept = (
        shutil.copytree(local.cache.folder, local.cache.folder.with_name("kept"))
        if local.cache.folder.is_dir()
        else None
    )
    assert kept is None
    database = local.engine.url.database
    local.engine.dispose()
    shutil.copy(database, f"{database}.backup")
    made.add([{"id": "x", "vector": -vectors[0]}])
    check(local, np.concatenate([vectors, -vectors[:1]]), [*(f"r{n}" for n in range(40)), "x"])
    local.engine.dispose()
    shutil.copy(f"{database}.backup", database)
    other = fresh(local)
    other.get("given").add([{"id": "y", "vector": -vectors[1]}])
    check(other, np.concatenate([vectors, -vectors[1:2]]), [*(f"r{n}" for n in range(40)), "y"])
    other.close()


def test_rows_that_were_added_are_appended_to_the_copy(local, reads):
    made, vectors = filled(local, 100)
    made.search(vectors[0])
    for number in range(3):
        made.add([{"id": f"n{number}{n}", "vector": vectors[n] * (-1) ** number} for n in range(5)])
    reads.clear()
    other = fresh(local)
    found, ids = other.get("given").vectors()
    assert reads == [15] and len(ids) == 115
    np.testing.assert_array_equal(found[:100], vectors)
    np.testing.assert_allclose(found[105:110], -vectors[:5], atol=1e-6)
    assert len(copies(local)) == 1
    other.close()


def test_after_a_change_or_a_deletion_the_copy_is_read_anew(local, reads):
    made, vectors = filled(local, 100)
    made.search(vectors[0])
    made.add([{"id": "r7", "vector": -vectors[7]}])
    reads.clear()
    # What was changed is the youngest row now.
    check(
        local,
        np.concatenate([vectors[:7], vectors[8:], -vectors[7:8]]),
        [f"r{n}" for n in range(100) if n != 7] + ["r7"],
    )
    assert sum(reads) == 100
    made.delete(["r0"])
    assert copies(local) == []
    assert made.search(vectors[0], k=1).hits[0].id != "r0"


def test_more_generations_than_are_remembered(local, monkeypatch):
    monkeypatch.setattr("shoestring.similarity.collection.insert.MOST_GENERATIONS", 3)
    made, vectors = filled(local, 20)
    made.search(vectors[0])
    for number in range(6):
        made.add([{"id": f"n{number}", "vector": vectors[number]}])
    check(
        fresh(local),
        np.concatenate([vectors, vectors[:6]]),
        [*(f"r{n}" for n in range(20)), *(f"n{n}" for n in range(6))],
    )


def test_copies_are_for_the_owner_only(local):
    made, vectors = filled(local, 20)
    made.search(vectors[0], exact=False)
    for path in (local.cache.folder, *local.cache.files()):
        if path.name != "lock":
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
