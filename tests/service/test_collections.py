"""Collections over REST: the life of one, what is refused, who may do what."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from shoestring.service.models import Models
from shoestring.similarity.collection import Collections
from tests.service.test_people import error
from tests.service.test_security import READ, TOKEN, bearer
from tests.similarity.collection.conftest import Triples
from tests.similarity.vectors import clumps

TEXTS = ["refund not received", "the refund was not received", "parcel came late", "cannot log in"]


class TextModel(Triples):
    """What a model of texts shows of itself."""

    kind, modality, title, certificate = "encoder", "text", "letter triples", {}


@pytest.fixture
def text_client(serve, verifier):
    served = Models({}, default="pen")
    served.add("pen", verifier)
    served.add("triples", TextModel())
    return serve(served=served)


def items(count=40, **more):
    vectors, label = clumps(count // 10, 10, width=8)
    return [{"id": f"r{n}", "vector": v.tolist(), "metadata": {"group": int(g)}, **more}
            for n, (v, g) in enumerate(zip(vectors, label, strict=True))]  # fmt: skip


@pytest.fixture
def given(client):
    assert client.put("/v1/collections/given", json={"width": 8}).status_code == 201
    assert client.put("/v1/collections/given/items", json={"items": items()}).json()["added"] == 40
    return client


def test_a_collection_from_first_to_last(given):
    view = given.get("/v1/collections/given").json()
    assert (view["name"], view["rows"], view["width"], view["fingerprint"]) == ("given", 40, 8, None)
    assert given.put("/v1/collections/given", json={"width": 8}).status_code == 200
    again = given.put("/v1/collections/given/items", json={"items": items()}).json()
    assert (again["added"], again["unchanged"], again["collection"]["rows"]) == (0, 40, 40)
    vectors, label = clumps(4, 10, width=8)
    order = np.lexsort((np.arange(40), -(vectors.astype(float) @ vectors[3].astype(float))))
    for query in ({"vector": vectors[3].tolist()}, {"like": "r3"}):
        found = given.post("/v1/collections/given/search", json={**query, "limit": 5}).json()
        assert [hit["id"] for hit in found["hits"]] == [f"r{row}" for row in order[:5]]
        assert found["exact"] is True and found["recall"] is None and found["searched"] == 40
        assert set(found["hits"][0]) == {"id", "score", "text", "reference", "metadata"}
    only = given.post(
        "/v1/collections/given/search", json={"like": "r3", "filter": {"group": [0, 1]}, "limit": 40}
    ).json()
    assert {hit["id"] for hit in only["hits"]} == {f"r{row}" for row in np.flatnonzero(label < 2)}
    same = given.post("/v1/collections/given/duplicates", json={"threshold": 0.8, "lowest": 0.2, "limit": 3}).json()
    assert len(same["pairs"]) == 3 and same["truncated"] and same["total_pairs"] > 3 and same["curve"]["groups"]
    groups = given.post("/v1/collections/given/cluster", json={"count": 4}).json()["groups"]
    assert {frozenset(group) for group in groups} == {
        frozenset(f"r{row}" for row in np.flatnonzero(label == group)) for group in range(4)
    }
    gone = given.post("/v1/collections/given/items/delete", json={"ids": ["r3", "nobody"]}).json()
    assert (gone["deleted"], gone["missing"], gone["proof"]["found"]) == (1, 1, 0)
    assert error(given.post("/v1/collections/given/search", json={"like": "r3"}))[:2] == (404, "not_found")
    listed = given.get("/v1/collections").json()
    assert listed["total"] == 1 and listed["collections"][0]["rows"] == 39 and listed["more"] is False
    assert given.delete("/v1/collections/given").json()["deleted"] == 39
    assert error(given.get("/v1/collections/given"))[:2] == (404, "not_found")


def test_texts_are_encoded_by_the_served_model(text_client):
    made = text_client.put("/v1/collections/tickets", json={"model": "triples"})
    assert made.status_code == 201 and made.json()["modality"] == "text" and made.json()["fingerprint"] == "triples/64"
    rows = [{"id": f"t{n}", "text": text} for n, text in enumerate(TEXTS)]
    assert text_client.put("/v1/collections/tickets/items", json={"items": rows}).json()["added"] == 4
    found = text_client.post("/v1/collections/tickets/search", json={"text": "refund not recieved", "limit": 2}).json()
    assert [hit["id"] for hit in found["hits"]] == ["t0", "t1"] and found["hits"][0]["text"] == TEXTS[0]
    vector = Triples().encode(["x"])[0].tolist()
    refused = text_client.post("/v1/collections/tickets/search", json={"vector": vector})
    assert error(refused)[0] == 422 and "cannot be compared" in refused.text
    assert text_client.post(
        "/v1/collections/tickets/search", json={"vector": vector, "fingerprint": "triples/64"}
    ).status_code == 200  # fmt: skip
    assert error(text_client.post("/v1/collections/tickets/search", json={"strokes": {}}))[0] == 422


def test_a_model_that_is_not_served_or_makes_no_vectors(client, settings):
    assert error(client.put("/v1/collections/a", json={"model": "nothing"}))[0] == 404
    assert error(client.put("/v1/collections/a", json={"model": "pen"}))[0] == 400
    assert error(client.put("/v1/collections/a", json={"model": "pen", "fingerprint": "x"}))[:2] == (422, "two_models")
    client.put("/v1/collections/a", json={"fingerprint": "elsewhere"})
    assert error(client.post("/v1/collections/a/search", json={"text": "x"}))[:2] == (409, "no_model")
    rows = [{"id": "t", "text": "x"}]
    assert error(client.put("/v1/collections/a/items", json={"items": rows}))[:2] == (409, "no_model")
    assert error(client.put("/v1/collections/a", json={"fingerprint": "other"}))[0] == 409


def test_signatures_by_their_strokes(serve, pages):
    from tests.recipes.pen import small_verifier

    served = Models({}, default="pen")
    served.add("pen", small_verifier())
    client = serve(served=served)
    client.put("/v1/collections/pens", json={"model": "pen"})
    rows = [{"id": f"{writer}/{n}", "strokes": page} for writer in range(3) for n, page in enumerate(pages[writer][:3])]
    assert client.put("/v1/collections/pens/items", json={"items": rows}).json()["added"] == 9
    found = client.post("/v1/collections/pens/search", json={"strokes": pages[1][2], "limit": 1}).json()
    assert found["hits"][0]["id"] == "1/2" and found["hits"][0]["score"] == pytest.approx(1.0)
    mixed = [*rows[:1], {"id": "x", "text": "y"}]
    assert error(client.put("/v1/collections/pens/items", json={"items": mixed}))[:2] == (422, "mixed_items")
    assert error(client.post("/v1/collections/pens/search", json={"text": "y"}))[:2] == (422, "wrong_modality")


BAD_ITEMS = (
    [{"id": "a"}], [{"text": "x"}], [{"id": "a", "vector": []}], [{"id": "a", "vector": [0] * 8}],
    [{"id": "a", "vector": [1, 2]}], [{"id": "a", "vector": ["x"] * 8}], [{"id": "a", "vector": [1] * 8, "more": 1}],
    [{"id": "a", "vector": [1] * 8}, {"id": "a", "vector": [1] * 8}], [{"id": "a\n", "vector": [1] * 8}],
    [{"id": "a", "vector": [1] * 8}, {"id": "b"}], [{"id": "a", "vector": [1] * 8, "text": "\x00"}],
    [{"id": "a", "vector": [1] * 8, "metadata": {"x": [[[[[[[[[1]]]]]]]]]}}],
    [{"id": "a", "vector": [1] * 8, "metadata": {"x": "y" * 20_000}}], "text", [1], [None], {"id": "a"}, None,
)  # fmt: skip
RAW = (
    b'{"items": [{"id": "a", "vector": [NaN,1,1,1,1,1,1,1]}]}', b'{"items": [{"id": "a", "text": "\\ud800"}]}',
    b'{"items": [{"id": "a", "vector": [1e400,1,1,1,1,1,1,1]}]}', b"{", b"[]", b'"x"', b"\xff",
    b'{"items": [{"id": "a", "vector": [' + b"9" * 5000 + b",1,1,1,1,1,1,1]}]}",
    b'{"items": ' + b"[" * 50_000 + b"}", b'{"items": [{"id": "\\u0000", "vector": [1,1,1,1,1,1,1,1]}]}',
)  # fmt: skip


def test_hostile_items_change_nothing(given):
    before = given.get("/v1/collections/given").json()
    for bad in BAD_ITEMS:
        answer = given.put("/v1/collections/given/items", json={"items": bad})
        assert error(answer)[0] == 422, (bad, answer.text)
    for raw in RAW:
        headers = {"Content-Type": "application/json"}
        answer = given.put("/v1/collections/given/items", content=raw, headers=headers)
        assert error(answer)[0] in (400, 422), (raw[:60], answer.status_code)
    many = [{"id": str(n), "vector": [1] * 8} for n in range(1001)]
    assert error(given.put("/v1/collections/given/items", json={"items": many}))[:2] == (413, "too_many_items")
    assert error(given.post("/v1/collections/given/items/delete", json={"ids": ["x"] * 1001}))[0] == 413
    assert given.get("/v1/collections/given").json() == before


@pytest.mark.parametrize(
    "body",
    [
        {}, {"text": "x", "like": "r1"}, {"like": "r1", "limit": 0}, {"like": "r1", "limit": 10**6}, {"vector": []},
        {"vector": [1, 2]}, {"vector": [0] * 8}, {"like": "r1", "filter": {"a": {"b": 1}}}, {"like": "r1", "more": 1},
        {"like": "r1", "filter": {str(n): n for n in range(50)}}, {"like": "r1", "filter": {"x": "\x00"}},
        {"text": " "}, {"text": "\x00"}, {"vector": [1] * 8, "fingerprint": "other"}, {"like": "r1", "filter": [1]},
    ],
)  # fmt: skip
def test_hostile_searches_are_refused(given, body):
    assert error(given.post("/v1/collections/given/search", json=body))[0] == 422


def test_other_requests_that_make_no_sense(given):
    for path, body in (
        ("duplicates", {"threshold": 2}), ("duplicates", {"limit": -1}), ("duplicates", {"limit": 10**9}),
        ("duplicates", {"threshold": "x"}), ("cluster", {}), ("cluster", {"count": 0}), ("cluster", {"count": 41}),
        ("cluster", {"count": 2, "threshold": 0.5}), ("cluster", {"count": 2, "linkage": "ward"}),
    ):  # fmt: skip
        assert error(given.post(f"/v1/collections/given/{path}", json=body))[0] == 422, (path, body)
    for name in ("%20a", "a%00", "a%2Fb", "%2e%2e", "a" * 300, "%ff"):
        answer = given.put(f"/v1/collections/{name}", json={})
        assert answer.status_code in (404, 405, 422) and set(answer.json()) == {"error"}, name
    for body in ({"width": 0}, {"width": 10**9}, {"fingerprint": "x" * 300}, {"fingerprint": ""}, {"more": 1}):
        assert error(given.put("/v1/collections/new", json=body))[0] == 422, body
    for path in ("search", "duplicates", "cluster", "items/delete"):
        body = {"search": {"like": "x"}, "cluster": {"count": 1}, "items/delete": {"ids": ["x"]}}.get(path, {})
        assert error(given.post(f"/v1/collections/nothing/{path}", json=body))[:2] == (404, "not_found")


def test_limits_of_rows_collections_and_comparisons(serve):
    client = serve(max_collections=1, max_rows=45, max_compared=20)
    client.put("/v1/collections/given", json={})
    assert error(client.put("/v1/collections/more", json={}))[0] == 409
    client.put("/v1/collections/given/items", json={"items": items()})
    full = client.put(
        "/v1/collections/given/items", json={"items": [{"id": f"n{n}", "vector": [1] * 8} for n in range(9)]}
    )
    assert error(full)[0] == 409 and client.get("/v1/collections/given").json()["rows"] == 40
    for path, body in (("duplicates", {}), ("cluster", {"count": 2})):
        assert error(client.post(f"/v1/collections/given/{path}", json=body))[:2] == (422, "too_many_rows")


def test_the_read_token_searches_and_changes_nothing(serve):
    client = serve(token=TOKEN, read_token=READ)
    client.put("/v1/collections/given", json={}, headers=bearer(TOKEN))
    client.put("/v1/collections/given/items", json={"items": items()}, headers=bearer(TOKEN))
    for path, body in (("search", {"like": "r1"}), ("duplicates", {}), ("cluster", {"count": 2})):
        assert client.post(f"/v1/collections/given/{path}", json=body, headers=bearer(READ)).status_code == 200
        assert error(client.post(f"/v1/collections/given/{path}", json=body))[0] == 401
    for method, path, body in (
        ("PUT", "", {}), ("PUT", "/items", {"items": []}), ("POST", "/items/delete", {"ids": ["r1"]}),
        ("DELETE", "", None), ("PUT", "/search", {}),
    ):  # fmt: skip
        refused = client.request(method, f"/v1/collections/given{path}", json=body, headers=bearer(READ))
        assert error(refused)[:2] == (403, "read_only_token"), (method, path)
    assert client.get("/v1/collections/given", headers=bearer(READ)).json()["rows"] == 40


def test_an_index_is_used_where_there_is_one_and_never_built_within_a_request(given, settings):
    before = given.post("/v1/collections/given/search", json={"like": "r1", "exact": False}).json()
    assert before["exact"] is True and "no index" in before["note"]
    store = Collections.open(settings.collections_url)
    store.get("given").search([1.0] * 8, exact=False)
    store.close()
    after = given.post("/v1/collections/given/search", json={"like": "r1", "exact": False}).json()
    assert after["exact"] is False and 0.9 < after["recall"] <= 1 and after["note"] is None


def test_many_at_once(given):
    def one(number):
        vector = np.eye(8)[number % 8].tolist()
        put = given.put("/v1/collections/given/items", json={"items": [{"id": f"n{number}", "vector": vector}]})
        found = given.post("/v1/collections/given/search", json={"vector": vector, "limit": 50}).json()
        return put.status_code, f"n{number}" in {hit["id"] for hit in found["hits"]}

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(24))) == {(200, True)}
    assert given.get("/v1/collections/given").json()["rows"] == 64


def test_a_source_that_is_a_path_is_not_told_and_never_opened(given, settings):
    store = Collections.open(settings.collections_url)
    store.create("local", model="x", source="/secret/place/model", modality="text")
    store.close()
    assert "secret" not in json.dumps(given.get("/v1/collections/local").json())
    assert error(given.post("/v1/collections/local/search", json={"text": "x"}))[:2] == (409, "no_model")
