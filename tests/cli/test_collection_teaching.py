"""Teaching, learning and maps from the command line."""

import csv
import json

import pytest

from shoestring.recipes.loading import load
from tests.similarity.lessons import lessons_with_a_cause


@pytest.fixture
def given(shell, tmp_path):
    """Rows of two kinds, told apart by one number; the model is said to be the packaged one."""
    # As wide as those of the packaged model, which encodes the queries.
    vectors = lessons_with_a_cause(60, width=50).vectors
    path = tmp_path / "rows.jsonl"
    kinds = ["plus" if v[0] > 0 else "minus" for v in vectors]
    rows = [
        {"id": f"{kind}{n}", "text": f"row {n}", "vector": v.tolist()}
        for n, (kind, v) in enumerate(zip(kinds, vectors, strict=True))
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    shell("collection", "create", "given", "--model", "text")
    shell("collection", "add", "given", path, "--fingerprint", load("text").fingerprint)
    return shell, [row["id"] for row in rows]


def test_answers_given_shown_and_taken_back(given, tmp_path):
    shell, ids = given
    asked = shell.json("collection", "ask", "given", "-k", 3, "--threshold", 0.4)
    assert len(asked["pairs"]) == 3 and asked["threshold"] == 0.4
    assert "around 0.400, as given" in shell("collection", "ask", "given", "--threshold", 0.4).stderr
    said = shell("collection", "teach", "given", "--same", ids[0], ids[1], "--different", ids[2], ids[3])
    assert said.stdout == "1 pairs are the same, 1 different (2 answers)\n"
    listed = shell("collection", "teach", "given").stdout
    assert ids[0] in listed and "different" in listed
    assert "took back" in shell("collection", "teach", "given", "--undo").stderr
    assert shell.json("collection", "teach", "given")["given"] == 1
    shell("collection", "teach", "given", "--undo", "--same", ids[0], ids[1], code=2)
    shell("collection", "teach", "given", "--same", ids[0], "nobody", code=3)
    path = tmp_path / "pairs.csv"
    path.write_text(f"first,second,same\n{ids[4]},{ids[5]},1\n{ids[6]},{ids[7]},perhaps\n")
    assert "pairs.csv:3" in shell("collection", "teach", "given", "--file", path, code=5).stderr
    assert shell.json("collection", "teach", "given")["given"] == 1, "nothing of a broken file"
    assert "at least 10 of each" in shell("collection", "learn", "given", code=5).stderr


def test_learning_and_accepting(given, tmp_path, monkeypatch):
    shell, ids = given
    monkeypatch.setenv("SHOESTRING_RUNS", str(tmp_path / "runs"))
    path = tmp_path / "pairs.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["first", "second", "same"])
        writer.writerows([a, b, int(a[0] == b[0])] for a, b in zip(ids[::2], ids[1::2], strict=True))
    assert shell.json("collection", "teach", "given", "--file", path)["given"] == 60
    before = shell.json("collection", "info", "given")
    learned = shell.json("collection", "learn", "given", "steps=40", "--seed", 3)
    assert {"held_out_error_before", "held_out_error_after", "held_out_gain"} <= set(learned["metrics"])
    assert shell.json("collection", "info", "given") == before
    done = shell.json("collection", "accept", "given", "latest")
    assert done["replaced"] == 120 and done["run"] == learned["run"]
    after = shell.json("collection", "info", "given")
    assert after["model"] == done["fingerprint"] != before["model"] and after["source"] == learned["run"]
    shell("collection", "accept", "given", "nothing", code=3)
    found = shell.json("collection", "search", "given", "refund")
    assert len(found["hits"]) == 10, "a text is encoded by the run, with the model below it"
    pairs = tmp_path / "scored.jsonl"
    scored = [("a dog runs", "a dog is running", 5), ("a dog runs", "the bank closed", 0), ("we eat", "they eat", 3)]
    pairs.write_text("\n".join(json.dumps({"sentence1": a, "sentence2": b, "score": s}) for a, b, s in scored))
    measured = shell.json("evaluate", learned["run"], "--data", pairs)
    assert measured["model"] == "projected" and measured["fingerprint"] == after["model"]


def test_a_map_as_a_file(given, tmp_path):
    shell, ids = given
    out = tmp_path / "map.csv"
    said = shell("collection", "map", "given", "--method", "pca", "--out", out)
    assert "120 rows by pca" in said.stderr and "% of the variance" in said.stderr
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["id"] for row in rows] == ids and all(0 <= int(row[axis]) <= 65535 for row in rows for axis in "xy")
    document = shell.json("collection", "map", "given")
    assert document["method"] == "tsne" and len(document["x"]) == 120
