from shoestring import __version__
from shoestring.papers import PAPERS, find_paper
from shoestring.papers.claims import Claim
from shoestring.papers.reproducing import Reproduction, keep
from tests.service.test_people import enrol, error


def test_info_tells_what_is_here(client, pages, verifier):
    enrol(client, "ana", pages[0][:3])
    info = client.get("/v1/info").json()
    assert info["version"] == __version__ and info["auth"] == {"required": False, "role": "write"}
    assert info["rows"] == {"people": 1, "samples": 3, "templates": 1}
    assert info["limits"]["max_body"] == 2 * 2**20
    model, text = info["models"]
    assert (model["name"], model["default"], model["loaded"]) == ("pen", True, True)
    assert model["fingerprint"] == verifier.fingerprint and model["references"] == 3
    assert (text["name"], text["kind"], text["modality"], text["loaded"]) == ("text", "text-encoder", "text", False)
    assert model["template_bytes"] == 3 * 1024 and model["target_false_accept"] == 0.5


def test_health_and_readiness(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"ready": True, "problems": []}


def test_the_articles_and_one_of_them(client):
    papers = client.get("/v1/papers").json()["papers"]
    assert [paper["slug"] for paper in papers] == [paper.slug for paper in PAPERS] and len(papers) == 13
    one = client.get("/v1/papers/bromley1993").json()
    assert one["title"] and isinstance(one["claims"], list)
    assert error(client.get("/v1/papers/bromley1994"))[0] == 404
    assert error(client.get("/v1/papers/..%2f.."))[0] == 404


def test_claims_are_those_that_were_measured_last(serve, tmp_path):
    claim = Claim(
        id="a", statement="s", source="t", metric="m", published=1.0, ours=0.9, low=0.8, high=1.0,
        verdict="met", why="w", command="c",
    )  # fmt: skip
    client = serve(papers=tmp_path)
    assert client.get("/v1/papers/gae").json()["claims"] == []
    keep(Reproduction(find_paper("gae"), (claim,), quick=True), tmp_path)
    one = client.get("/v1/papers/gae").json()
    assert one["quick"] is True and [claim["ours"] for claim in one["claims"]] == [0.9]
    (tmp_path / "results" / "gae.quick.json").write_text("{")
    assert error(client.get("/v1/papers/gae"))[0] == 422


def test_the_description_for_programs_is_the_same_at_both_addresses(client):
    assert client.get("/v1/openapi.json").json() == client.get("/openapi.json").json()
