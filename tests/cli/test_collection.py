"""The collection commands on a store of their own."""

import json

import numpy as np
import pytest

from shoestring.core.places import COLLECTIONS
from shoestring.data.image_decode import encode_png
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoders import LocalPatterns
from shoestring.similarity.matchers import Cohort
from shoestring.similarity.verifier import Verifier
from tests.recipes.pen import small_verifier
from tests.similarity.vectors import clumps

WORDS = ["late parcel", "refund", "login", "invoice"]


@pytest.fixture
def vectors(tmp_path):
    """A file with 40 rows in four groups."""
    found, label = clumps(4, 10, width=8)
    lines = [
        json.dumps({"id": f"r{n}", "text": f"{WORDS[g]} {n}", "group": int(g), "vector": v.tolist()})
        for n, (v, g) in enumerate(zip(found, label, strict=True))
    ]  # fmt: skip
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join([*lines, "{broken", '{"id": "x", "text": "no vector"}'[:-1]]) + "\n")
    return path, found, label


@pytest.fixture
def given(shell, vectors):
    shell("collection", "create", "given", "--width", 8)
    document = shell.json("collection", "add", "given", vectors[0])
    assert (document["added"], document["rows"]) == (40, 40)
    return shell


def test_the_life_of_a_collection(given, vectors, tmp_path):
    path, found, label = vectors
    again = given("collection", "add", "given", path)
    assert again.stdout == "0 added, 0 replaced, 40 unchanged, 2 skipped; given has 40 rows\n"
    assert "skipped 2 in" in again.stderr and "the line is not JSON (at 41, 42)" in again.stderr
    assert given.json("collection", "info", "given")["rows"] == 40
    assert [one["name"] for one in given.json("collection", "list")["collections"]] == ["given"]

    answer = given.json("collection", "search", "given", "--like", "r3", "-k", 5)
    order = np.lexsort((np.arange(40), -(found.astype(float) @ found[3].astype(float))))
    assert [hit["id"] for hit in answer["hits"]] == [f"r{row}" for row in order[:5]]
    assert answer["exact"] and answer["recall"] is None and answer["searched"] == 40
    filtered = given.json("collection", "search", "given", "--like", "r3", "--filter", "group=2", "-k", 40)
    assert {hit["id"] for hit in filtered["hits"]} == {f"r{row}" for row in np.flatnonzero(label == 2)}
    fast = given("collection", "search", "given", "--vector", json.dumps(found[3].tolist()), "--approximate")
    assert "r3" in fast.stdout and "of the true neighbours" in fast.stderr
    np.save(tmp_path / "q.npy", found[3:4])
    assert given.json("collection", "search", "given", "--vector", tmp_path / "q.npy")["hits"][0]["id"] == "r3"

    groups = given.json("collection", "cluster", "given", "--count", 4)["groups"]
    assert {frozenset(group) for group in groups} == {
        frozenset(f"r{row}" for row in np.flatnonzero(label == group)) for group in range(4)
    }
    same = given.json("collection", "duplicates", "given", "--threshold", 0.8, "--pairs", 3)
    assert len(same["pairs"]) == 3 and same["truncated"] and same["curve"]["threshold"]
    shown = given("collection", "duplicates", "given", "--threshold", 0.8)
    assert shown.stderr.startswith(f"{same['total_pairs']:,} pairs at 0.8") and shown.stdout.startswith("rows")

    gone = given.json("collection", "delete", "given", "--id", "r3", "--id", "nobody")
    assert (gone["deleted"], gone["missing"], gone["proof"]["found"]) == (1, 1, 0)
    (tmp_path / "ids.txt").write_text("r4\nr5\n")
    assert given.json("collection", "delete", "given", "--ids", tmp_path / "ids.txt")["deleted"] == 2
    assert given("collection", "delete", "given", "--all").stdout.startswith("deleted 37 rows; searched")
    given("collection", "info", "given", code=3)


def test_move_copies_and_compares(given, tmp_path):
    url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    assert given.json("collection", "move", "given", "--to", url, "--dry-run")["copied"] == 40
    done = given.json("collection", "move", "given", "--to", url)
    assert (done["copied"], done["target_rows"], done["recall"], done["complete"]) == (40, 40, 1.0, True)
    assert "0 of 40 rows copied, 40 were there" in given("collection", "move", "given", "--to", url).stdout
    given("collection", "delete", "given", "--id", "r1")
    assert given.json("collection", "move", "given", "--to", url, code=1)["complete"] is False
    assert given.json("collection", "info", "given", "--database", url)["rows"] == 40


def test_signatures_are_searched_with_the_encoder_of_a_verifier(shell, model, people_file):
    path, names = people_file
    made = shell.json("collection", "create", "pens", "--model", model)
    assert made["modality"] == "signature" and made["model"] == small_verifier().fingerprint
    added = shell.json("collection", "add", "pens", path)
    assert added["added"] == 24 == added["rows"]
    row = f"people.json:{names[0]}/1"
    hits = shell.json("collection", "search", "pens", "--like", row, "-k", 3)["hits"]
    assert hits[0]["id"] == row and hits[0]["metadata"] == {"writer": names[0], "sample": 1, "genuine": True}
    assert shell.json("collection", "add", "pens", path)["unchanged"] == 24


def test_vectors_of_another_model_are_refused(shell, vectors):
    shell("collection", "create", "pinned", "--fingerprint", "model-a")
    for words in (("add", "pinned", vectors[0]), ("add", "pinned", vectors[0], "--fingerprint", "model-b")):
        refused = shell.json("collection", *words, code=5)
        assert "cannot be compared" in refused["error"]["message"]
    assert shell.json("collection", "add", "pinned", vectors[0], "--fingerprint", "model-a")["added"] == 40
    shell("collection", "search", "pinned", "--vector", json.dumps([1.0] * 8), code=5)
    shell("collection", "search", "pinned", "--vector", json.dumps([1.0] * 8), "--fingerprint", "model-a")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("create", "given"), (2, "another name")),
        (("create", "a", "--model", "x", "--fingerprint", "y"), (2, "not both")),
        (("create", "a/b"), (5, "cannot contain")),
        (("create", "a", "--model", "nothing"), (3, "nothing")),
        (("add", "nowhere", "rows.jsonl"), (3, "there are: given")),
        (("add", "given", "missing.csv"), (3, "no such file")),
        (("add", "given", "notes.txt"), (2, "--model")),
        (("add", "given", "rows.jsonl", "--strict"), (5, "2 broken rows")),
        (("add", "given", "rows.jsonl", "again/rows.jsonl"), (5, "in an earlier file too")),
        (("add", "given", "mixed.jsonl"), (5, "some do not")),
        (("search", "given"), (2, "give one of")),
        (("search", "given", "text", "--like", "r1"), (2, "give one of")),
        (("search", "given", "--like", "r1", "--vector", "[1]"), (2, "give one of")),
        (("search", "given", "--like", "nobody"), (3, "no row")),
        (("search", "given", "text"), (2, "--model")),
        (("search", "given", "--vector", "[1, 2]"), (5, "the collection has 8")),
        (("search", "given", "--vector", "[nonsense"), (2, "--vector")),
        (("search", "given", "--vector", "missing.npy"), (2, "--vector")),
        (("search", "given", "--like", "r1", "--filter", "nonsense"), (2, "KEY=VALUE")),
        (("duplicates", "given", "--threshold", 2), (5, "cosine")),
        (("cluster", "given"), (5, "either")),
        (("delete", "given"), (2, "--all")),
        (("delete", "given", "--all", "--id", "r1"), (2, "--all")),
        (("move", "given", "--to", "mysql://x"), (2, "not supported")),
        (("list", "--database", "nonsense"), (2, "not an address")),
    ],
)
def test_mistakes_are_named_and_change_nothing(given, tmp_path, monkeypatch, words, refusal):
    code, says = refusal
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("hello\n")
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "rows.jsonl").write_bytes((tmp_path / "rows.jsonl").read_bytes())
    (tmp_path / "mixed.jsonl").write_text('{"text": "a"}\n{"text": "b", "vector": [1]}\n')
    refused = given.json("collection", *words, code=code)
    assert says in refused["error"]["message"]
    assert given.json("collection", "list")["collections"][0]["rows"] == 40


def test_the_database_is_that_of_the_environment(given, tmp_path, monkeypatch):
    assert (tmp_path / "home" / COLLECTIONS).is_file()
    monkeypatch.setenv("SHOESTRING_DATABASE", f"sqlite:///{tmp_path / 'elsewhere' / 'people.sqlite'}")
    assert given.json("collection", "list")["collections"] == []
    assert (tmp_path / "elsewhere" / COLLECTIONS).is_file() and not (tmp_path / "elsewhere" / "people.sqlite").exists()


def test_pictures_are_added_from_folders_archives_and_single_files_and_searched_by_one(shell, tmp_path):
    faces = synthetic_faces(3, 3, seed=5)
    encoder = LocalPatterns().build().eval()
    encoder.fit_scales(faces)
    Verifier.calibrate(Cohort().fit(encoder, faces), faces, references=2, modality="face").save(tmp_path / "m")
    for picture, name, number in zip(faces, faces.identity, faces.sample, strict=True):
        place = tmp_path / "people" / name / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(encode_png(picture))
    np.savez(tmp_path / "more.npz", images=np.stack([p.pixels[:, ::-1] for p in faces]), identity=faces.identity)
    one = tmp_path / "one.png"
    one.write_bytes(encode_png(synthetic_faces(1, 1, seed=9)[0]))
    shell("collection", "create", "album", "--model", tmp_path / "m")
    added = shell.json("collection", "add", "album", tmp_path / "people", tmp_path / "more.npz", one)
    assert (added["added"], added["rows"]) == (19, 19)
    answer = shell.json("collection", "search", "album", tmp_path / "people" / "p002" / "3.png", "-k", 3)
    # A picture and its mirror image are one to this encoder.
    assert {hit["id"] for hit in answer["hits"][:2]} == {"people:p002/3", "more.npz:p002/3"}
    assert answer["hits"][1]["score"] > 0.999 > answer["hits"][2]["score"]
    kept = shell.json("collection", "search", "album", one, "--filter", "identity=p001", "-k", 20)
    assert {hit["id"].split(":")[1].split("/")[0] for hit in kept["hits"]} == {"p001"}
    assert shell("collection", "search", "album", tmp_path / "nothing.png", code=3)
