"""The model that ships, from the outside: what a person meets who starts the studio for the first time."""

import time

import pytest

from shoestring.service.models import PACKAGED, Models
from tests.service.test_people import enrol
from tests.service.test_verify import ask


@pytest.fixture
def client(serve):
    client = serve(served=Models(), warm=True)
    deadline = time.monotonic() + 120
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline, client.get("/readyz").text
        time.sleep(0.05)
    return client


def test_the_packaged_model_enrols_verifies_explains_and_forgets(client, pages):
    assert (PACKAGED / "pen" / "shoestring.json").is_file()
    model, _ = client.get("/v1/info").json()["models"]
    assert model["name"] == "pen" and model["loaded"] and model["target_false_accept"] > 0
    for name, own in (("ana", pages[0]), ("ben", pages[1])):
        enrol(client, name, own[: model["references"]])
    own = [ask(client, page, explain=True).json() for page in pages[0][5:8]]
    strangers = [ask(client, page).json() for page in pages[1][:5] + pages[2][:5] + pages[3][:5]]
    assert min(answer["score"] for answer in own) > max(answer["score"] for answer in strangers)
    assert "reject" not in {answer["decision"] for answer in own}
    assert {answer["decision"] for answer in strangers} == {"reject"}
    for probe, answer in zip(pages[0][5:8], own, strict=True):
        told = answer["explain"]
        assert len(told["difference"]) == len(told["path"]) > 10
        assert told["probe_length"] == len(probe["rows"])
        reference = client.get(f"/v1/people/ana/samples/{told['reference_sample']}/strokes").json()["strokes"]
        assert told["reference_length"] == len(reference["rows"])
        rows = list(zip(*told["path"], strict=True))
        assert all(list(side) == sorted(side) for side in rows), "an alignment never goes back"
        assert max(rows[0]) < told["probe_length"] and max(rows[1]) < told["reference_length"]
        assert told["path"][-1][0] > 0.9 * told["probe_length"]
    candidates = client.post("/v1/identify", json={"strokes": pages[1][6], "k": 2}).json()["candidates"]
    assert [candidate["person"] for candidate in candidates] == ["ben", "ana"]
    assert client.delete("/v1/people/ana").json()["proof"]["found"] == 0


def test_an_accepted_signature_updates_the_template_of_the_packaged_model(client, pages):
    enrol(client, "ana", pages[0][:5])
    for page in pages[0][5:8]:
        answer = ask(client, page, update=True).json()
        assert answer["updated"] is (answer["decision"] == "accept")
    template = client.app.state.service.store.templates(ask(client, pages[0][5]).json()["model"])["ana"]
    assert template.count >= 5
