import time
from dataclasses import replace

import pytest

from shoestring.core.errors import ConfigError
from shoestring.service.app import create_app


def test_every_route_is_described_and_answers_through_the_envelope_or_a_page(client):
    described = client.get("/openapi.json").json()["paths"]
    contract = {
        "/healthz": "get", "/readyz": "get", "/metrics": "get", "/v1/info": "get", "/v1/openapi.json": "get",
        "/v1/people": "get", "/v1/people/{person}": "put get delete", "/v1/people/{person}/samples": "get post",
        "/v1/people/{person}/samples/{sample}": "delete", "/v1/people/{person}/samples/{sample}/strokes": "get",
        "/v1/people/{person}/samples/{sample}/image": "get", "/v1/faces": "post", "/v1/gallery": "get",
        "/v1/verify": "post", "/v1/identify": "post", "/v1/runs": "get post", "/v1/runs/{run}": "get",
        "/v1/runs/{run}/metrics": "get", "/v1/runs/{run}/events": "get", "/v1/runs/{run}/stop": "post",
        "/v1/runs/{run}/resume": "post", "/v1/runs/{run}/report": "get", "/v1/runs-compare": "get",
        "/v1/collections": "get", "/v1/collections/{collection}": "get put delete",
        "/v1/collections/{collection}/items": "get put", "/v1/collections/{collection}/items/delete": "post",
        "/v1/collections/{collection}/search": "post", "/v1/collections/{collection}/duplicates": "post",
        "/v1/collections/{collection}/cluster": "post",
        "/v1/collections/{collection}/pairs": "get post", "/v1/collections/{collection}/pairs/{number}": "delete",
        "/v1/collections/{collection}/pairs/questions": "post", "/v1/collections/{collection}/learn": "post",
        "/v1/collections/{collection}/accept": "post", "/v1/collections/{collection}/map": "get",
        "/v1/collections/{collection}/map/events": "get",
        "/v1/activations": "get", "/v1/activations/{name}": "get", "/v1/activations/curves": "post",
        "/v1/activations/depth": "post", "/v1/activations/cost": "post",
        "/v1/bandwidth": "get", "/v1/runs/{run}/bandwidth": "get",
        "/v1/agents": "get", "/v1/runs/{run}/episodes": "get", "/v1/runs/{run}/episodes/{episode}": "get",
        "/v1/runs/{run}/episodes/{episode}/gif": "get", "/v1/policies": "get", "/v1/policies/{policy}/act": "post",
        "/v1/policies/{policy}/play": "post", "/v1/policies/{policy}/move": "post",
        "/v1/embeddings": "post", "/v1/similarity": "post",
        "/v1/presets": "get", "/v1/papers": "get", "/v1/papers/{paper}": "get",
    }  # fmt: skip
    assert {path: set(item) for path, item in described.items()} == {
        path: set(verbs.split()) for path, verbs in contract.items()
    }
    for path, item in described.items():
        for verb, operation in item.items():
            assert len(operation["description"]) > 15, (verb, path)


def test_a_store_that_cannot_be_opened_is_said_before_anything_is_served(settings, tmp_path):
    (tmp_path / "no.sqlite").write_text("not a database, but longer than its header would be" * 3)
    with pytest.raises(ConfigError, match="cannot open the store"):
        create_app(replace(settings, database=f"sqlite:///{tmp_path / 'no.sqlite'}"))


def test_two_applications_do_not_share_anything(serve, tmp_path):
    one = serve()
    two = serve(database=f"sqlite:///{tmp_path / 'two.sqlite'}")
    one.put("/v1/people/ana")
    assert one.get("/v1/people").json()["total"] == 1 and two.get("/v1/people").json()["total"] == 0
    assert 'route="/v1/people/{person}"' not in two.get("/metrics").text


def test_the_end_of_the_server_gives_everything_back(serve):
    client = serve()
    client.put("/v1/people/ana")
    service = client.app.state.service
    client.server.should_exit = True
    for _ in range(200):
        if service.gate._pool._shutdown:
            break
        time.sleep(0.02)
    assert service.gate._pool._shutdown and service.jobs.running == 0
