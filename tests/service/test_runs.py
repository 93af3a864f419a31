import pytest

from tests.service.runs import make_run
from tests.service.test_people import error


@pytest.fixture
def root(settings):
    return settings.runs


def test_a_run_from_list_to_report(client, root):
    make_run(root, "2026-01-01_toy_0001", steps=500, config="rate = 0.1\n")
    make_run(root, "2026-01-02_toy_0002", steps=500, config="rate = 0.2\n", seed=1, status="interrupted")
    listed = client.get("/v1/runs?group=config").json()
    assert [run["run"] for run in listed["runs"]] == ["2026-01-02_toy_0002", "2026-01-01_toy_0001"]
    assert listed["total"] == 2 and len(listed["groups"]) == 2
    assert [run["run"] for run in client.get("/v1/runs?status=done").json()["runs"]] == ["2026-01-01_toy_0001"]
    assert client.get("/v1/runs?limit=1&offset=1").json()["runs"][0]["run"] == "2026-01-01_toy_0001"
    one = client.get("/v1/runs/2026-01-01_toy_0001").json()
    assert one["config"]["rate"] == 0.1 and one["total_spent"] == {"labels": 500} and "rate" in one["toml"]
    curve = client.get("/v1/runs/2026-01-01_toy_0001/metrics?keys=loss&x=labels&max_points=50").json()
    assert len(curve["series"]["loss"]["x"]) <= 50 and max(curve["series"]["loss"]["y"]) == 1000.0
    assert curve["offset"] == (root / "2026-01-01_toy_0001" / "metrics.jsonl").stat().st_size
    assert client.get("/v1/runs/2026-01-01_toy_0001/metrics?keys=nothing").json()["series"] == {}
    both = "2026-01-01_toy_0001,2026-01-02_toy_0002"
    compared = client.get(f"/v1/runs-compare?runs={both}&key=loss&x=labels").json()
    assert compared["differences"] == [{"key": "rate", "values": [0.1, 0.2]}]
    assert len(compared["curves"]) == 2 and compared["runs"][1]["status"] == "interrupted"
    report = client.get("/v1/runs/2026-01-01_toy_0001/report?x=labels")
    assert report.headers["content-type"].startswith("text/html") and "<svg" in report.text
    assert (
        "sandbox" in report.headers["content-security-policy"]
        and "script-src" not in report.headers["content-security-policy"]
    )


def test_what_cannot_be_read_says_why(client, root):
    make_run(root, "a", steps=10)
    assert error(client.get("/v1/runs/b"))[0] == 404
    assert error(client.get("/v1/runs/..%2f..%2fetc"))[0] == 404
    assert error(client.get("/v1/runs/b/report"))[0] == 404
    assert error(client.get("/v1/runs/a/metrics?x=env_steps"))[0] == 422
    assert error(client.get("/v1/runs/a/metrics?max_points=3"))[0] == 422
    assert error(client.get("/v1/runs-compare?runs="))[0] == 422
    assert error(client.get("/v1/runs-compare?runs=a,b"))[0] == 404
    (root / "a" / "run.json").write_text("{")
    assert error(client.get("/v1/runs/a"))[0] in (404, 422)


def test_stopping_asks_the_run_and_only_one_that_is_going(client, root):
    run = make_run(root, "a", status="running")
    make_run(root, "b", status="done")
    answer = client.post("/v1/runs/a/stop")
    assert answer.status_code == 202 and run.stop_requested
    assert error(client.post("/v1/runs/b/stop"))[:2] == (409, "not_running")
    assert error(client.post("/v1/runs/nothing/stop"))[0] == 404
    assert error(client.post("/v1/runs/a/resume"))[:2] == (409, "not_resumable")
    assert error(client.post("/v1/runs/b/resume"))[:2] == (409, "not_resumable")


def test_a_run_folder_that_cannot_be_written_is_an_answer(client, root, monkeypatch):
    run = make_run(root, "a", status="running")

    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self.path / "stop"))

    monkeypatch.setattr(type(run), "request_stop", refuse)
    answer = client.post("/v1/runs/a/stop")
    assert error(answer)[:2] == (503, "run_read_only") and "a" in answer.json()["error"]["message"]


def test_presets_are_those_of_the_package(client):
    from shoestring.recipes import presets

    assert [preset["name"] for preset in client.get("/v1/presets").json()["presets"]] == [p.name for p in presets()]


def test_a_thousand_runs_are_listed_without_reading_a_single_curve(client, root, monkeypatch):
    for number in range(1000):
        make_run(root, f"2026-01-01_toy_{number:04}", config=f"rate = {number % 7}\n", seed=number)
    monkeypatch.setattr("shoestring.core.folder.RunFolder.metrics", lambda *_: pytest.fail("a curve was read"))
    monkeypatch.setattr("shoestring.core.folder.RunFolder.spent", lambda *_: pytest.fail("a ledger was read"))
    listed = client.get("/v1/runs?group=config").json()
    assert listed["total"] == 1000 and len(listed["groups"]) == 7
    ids = ",".join(run["run"] for run in listed["runs"])
    compared = client.get("/v1/runs-compare", params={"runs": ids}).json()
    assert len(compared["runs"]) == 1000 and [row["key"] for row in compared["differences"]] == ["rate"]


NONSENSE = (
    {"preset": "../../etc/passwd"}, {"preset": "nothing"}, {"preset": "a.toml"}, {"preset": "--help"}, {"preset": ""},
    {"preset": "bromley1993", "overrides": ["--config=/etc/passwd"]}, {"preset": "bromley1993", "overrides": ["x"]},
    {"preset": "bromley1993", "overrides": {"a b": 1}}, {"preset": "bromley1993", "seed": "x"},
    {"preset": "bromley1993", "budget": {"gold": 1}}, {"preset": "bromley1993", "surprise": 1}, {}, [],
)  # fmt: skip


def test_nonsense_starts_nothing(client, root):
    for body in NONSENSE:
        assert client.post("/v1/runs", json=body).status_code in (400, 404, 422), body
    assert not root.exists() or not list(root.iterdir())
