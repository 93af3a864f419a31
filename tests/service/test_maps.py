import json
from functools import partial

import numpy as np
import pytest

from shoestring.service import maps as module
from tests.service.test_people import error
from tests.similarity.vectors import clumps


@pytest.fixture
def given(client):
    vectors, _ = clumps(4, 10, width=8)
    client.put("/v1/collections/given", json={"width": 8})
    rows = [{"id": f"r{n}", "vector": v.tolist(), "text": f"text {n}"} for n, v in enumerate(vectors)]
    client.put("/v1/collections/given/items", json={"items": rows})
    return client


def test_a_small_map_comes_with_the_answer(given):
    for method in ("pca", "tsne"):
        # The first layout imports what lays out, which takes long on a busy machine.
        found = given.get(f"/v1/collections/given/map?method={method}", timeout=120).json()
        assert found["status"] == "ready" and found["ids"] == [f"r{n}" for n in range(40)]
        assert len(found["x"]) == len(found["y"]) == 40 and max(found["x"] + found["y"]) <= 65535
    assert given.get("/v1/collections/given/map/events").status_code == 204
    given.put("/v1/collections/empty", json={})
    assert given.get("/v1/collections/empty/map").json()["rows"] == 0
    assert error(given.get("/v1/collections/given/map?method=umap"))[0] == 422
    assert error(given.get("/v1/collections/nothing/map"))[0] == 404
    assert error(given.get("/v1/collections/nothing/map/events"))[0] == 404


def test_a_large_one_is_drawn_in_the_background_and_told_as_events(given, monkeypatch):
    monkeypatch.setattr(module, "QUICK", 39)
    first = given.get("/v1/collections/given/map")
    assert first.status_code == 202 and first.json()["status"] in ("waiting", "drawing", "ready")
    with given.stream("GET", "/v1/collections/given/map/events", timeout=120) as stream:
        lines = [line for line in stream.iter_lines() if line]
    assert lines[-2] == "event: end" and json.loads(lines[-1].removeprefix("data: "))["status"] == "ready"
    ready = given.get("/v1/collections/given/map")
    assert ready.status_code == 200 and len(ready.json()["x"]) == 40
    assert given.get("/v1/collections/given/map?method=pca").status_code == 200, "never in the background"
    given.put("/v1/collections/given/items", json={"items": [{"id": "new", "vector": [1.0] * 8}]})
    assert given.get("/v1/collections/given/map").status_code == 202, "a row came"


def test_a_collection_too_large_for_a_request_says_what_to_do(serve):
    client = serve(max_mapped=5)
    client.put("/v1/collections/a", json={})
    rows = [{"id": str(n), "vector": v.tolist()} for n, v in enumerate(np.eye(6))]
    client.put("/v1/collections/a/items", json={"items": rows})
    refused = client.get("/v1/collections/a/map")
    assert error(refused)[:2] == (422, "too_many_rows") and "shoestring collection map" in refused.text


def test_rows_by_id(given):
    get = partial(given.get, "/v1/collections/given/items")
    found = get(params={"id": ["r7", "nobody", "r2"]}).json()["items"]
    assert [(row["id"], row["text"]) for row in found] == [("r7", "text 7"), ("r2", "text 2")]
    assert set(found[0]) == {"id", "text", "reference", "metadata"}
    assert error(get())[0] == 422 and error(get(params={"id": ["x"] * 101}))[0] == 422
