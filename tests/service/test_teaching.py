"""Pairs taught over REST, and what is learned of them by a real training process."""

import json
import time

import numpy as np
import pytest

from shoestring.recipes.loading import load
from shoestring.service.models import Models
from shoestring.similarity.projection import Projection
from tests.service.test_people import error

PATH = "/v1/collections/given"


def rows(count=120):
    """Texts of two kinds with letters that mean nothing; which kind it is decides what is the same."""
    draw = np.random.default_rng(0)
    words = ["parcel", "letter", "house", "river", "music", "garden", "window", "doctor", "summer", "market"]
    kinds = [["refund", "money"], ["password", "login"]]
    texts = []
    for n in range(count):
        filler = " ".join(draw.choice(words, 4))
        texts.append(f"{draw.choice(kinds[n % 2])} {filler}")
    return [{"id": f"t{n}", "text": text} for n, text in enumerate(texts)]


@pytest.fixture(scope="module")
def text_model():
    return load("text")


@pytest.fixture
def given(serve, settings, verifier, text_model):
    models = Models({}, default="pen", runs=settings.runs)
    models.add("pen", verifier)
    models.add("text", text_model)
    client = serve(served=models)
    assert client.put(PATH, json={"model": "text"}).status_code == 201
    assert client.put(f"{PATH}/items", json={"items": rows()}).json()["added"] == 120
    return client


def pairs(count):
    """Pairs of rows 2 k and 2 k + 1 or 2 k + 2, no row twice; the same when both have the same parity."""
    draw = np.random.default_rng(1)
    order = draw.permutation(120).reshape(-1, 2)[:count].tolist()
    return [{"first": f"t{a}", "second": f"t{b}", "same": a % 2 == b % 2} for a, b in order]


def test_pairs_are_asked_answered_and_taken_back(given):
    asked = given.post(f"{PATH}/pairs/questions", json={"count": 4, "threshold": 0.5}).json()
    assert len(asked["pairs"]) == 4 and asked["threshold"] == 0.5 and not asked["from_answers"]
    one = asked["pairs"][0]
    assert one["first"]["text"] and one["second"]["text"] and abs(one["score"] - 0.5) < 0.1
    pair = {"first": one["first"]["id"], "second": one["second"]["id"], "same": True}
    stored = given.post(f"{PATH}/pairs", json={"pairs": [pair]})
    assert stored.status_code == 201
    assert {key: stored.json()[key] for key in ("same", "different", "given", "least")} == {
        "same": 1, "different": 0, "given": 1, "least": 10,
    }  # fmt: skip
    again = given.post(f"{PATH}/pairs", json={"pairs": [pair | {"same": False}]}).json()
    assert (again["same"], again["different"], again["given"]) == (0, 1, 2)
    listed = given.get(f"{PATH}/pairs?limit=1").json()
    assert listed["given"] == 2 and listed["answers"] == again["added"]
    number = again["added"][0]["number"]
    assert given.delete(f"{PATH}/pairs/{number}").json()["same"] == 1
    assert error(given.delete(f"{PATH}/pairs/{number}"))[:2] == (404, "not_found")


def test_what_cannot_be_taught_or_learned_is_refused(given, client):
    bad = {"first": "t1", "second": "nobody", "same": True}
    assert error(given.post(f"{PATH}/pairs", json={"pairs": [pairs(1)[0], bad]}))[0] == 404
    assert error(given.post(f"{PATH}/pairs", json={"pairs": []}))[0] == 413
    assert given.get(f"{PATH}/pairs").json()["given"] == 0
    given.post(f"{PATH}/pairs", json={"pairs": pairs(12)})
    refused = given.post(f"{PATH}/learn", timeout=120)
    assert error(refused)[:2] == (422, "too_few_pairs") and "at least 10 of each are needed, so teach" in refused.text
    for body in ({"count": 0}, {"count": 101}, {"threshold": 2}):
        assert error(given.post(f"{PATH}/pairs/questions", json=body))[0] == 422
    assert error(given.post(f"{PATH}/accept", json={"run": "nothing"}))[0] == 404


def test_from_answers_to_new_vectors(given, settings):
    assert given.post(f"{PATH}/pairs", json={"pairs": pairs(60)}).json()["given"] == 60
    before = given.post(f"{PATH}/search", json={"like": "t0", "limit": 20}).json()["hits"]
    # A process that imports torch may take long to start on a busy machine.
    started = given.post(f"{PATH}/learn", json={"seed": 1}, timeout=120)
    assert started.status_code == 201, started.text
    run = started.json()["run"]
    with given.stream("GET", f"/v1/runs/{run}/events", timeout=120) as stream:
        lines = [line for line in stream.iter_lines() if line]
    assert lines[-2] == "event: end" and json.loads(lines[-1].removeprefix("data: "))["status"] == "done"
    shown = given.get(f"/v1/runs/{run}").json()
    metrics = shown["metrics"]
    assert shown["total_spent"] == {"comparisons": 60} and shown["config"]["collection"] == "given"
    for name in ("error_before", "error_after", "gain"):
        assert metrics[f"held_out_{name}"]["low"] <= metrics[f"held_out_{name}"]["value"]
    view = given.get(PATH).json()
    assert given.post(f"{PATH}/search", json={"like": "t0", "limit": 20}).json()["hits"] == before, (
        "nothing changed yet"
    )
    taken = given.post(f"{PATH}/accept", json={"run": run}).json()
    learned = Projection.read(settings.runs / run / "model")
    assert taken["replaced"] == 120 and taken["collection"]["fingerprint"] == learned.fingerprint != view["fingerprint"]
    assert given.post(f"{PATH}/accept", json={"run": run}).status_code == 200
    # A text is now encoded by the run, with the model below it; the server says "loading" at first.
    for _ in range(500):
        found = given.post(f"{PATH}/search", json={"text": "refund music", "limit": 20})
        if found.status_code != 503:
            break
        time.sleep(0.2)
    assert found.status_code == 200, found.text
    alike = sum(int(hit["id"][1:]) % 2 == 0 for hit in found.json()["hits"])
    assert alike >= 19
    assert sum(int(hit["id"][1:]) % 2 == 0 for hit in before) < alike


def test_a_run_that_did_not_end_or_of_another_collection_is_not_accepted(given, settings):
    from tests.service.runs import make_run

    make_run(settings.runs, "a", status="interrupted")
    assert error(given.post(f"{PATH}/accept", json={"run": "a"}))[:2] == (409, "not_done")
    run = make_run(settings.runs, "b", status="done")
    (run.path / "model").mkdir()
    Projection(np.eye(3, dtype=np.float32), "other", "text", "text").write(run.path / "model")
    refused = given.post(f"{PATH}/accept", json={"run": "b"})
    assert error(refused)[0] == 422 and "nothing was changed" in refused.text
