from tests.recipes.measured import finished, write_measurement


def test_measured_runs_are_listed_and_read(client, settings):
    finished(settings.runs, 'kind = "powersgd"\nrank = 1', [3.0])
    run = finished(settings.runs, 'kind = "none"', [3.0, 2.0])
    assert client.get("/v1/bandwidth").json() == {"runs": []}
    answer = client.get(f"/v1/runs/{run.id}/bandwidth")
    assert answer.status_code == 404 and "bandwidth measure" in answer.json()["error"]["message"]
    write_measurement(run)
    assert [one["run"] for one in client.get("/v1/bandwidth").json()["runs"]] == [run.id]
    document = client.get(f"/v1/runs/{run.id}/bandwidth").json()
    assert document["metric"] == "loss" and len(document["methods"][0]["predicted_ms"]) == len(document["speeds_mbit"])
    assert {row["method"]: row["value"] for row in document["qualities"]} == {"none": 2.0, "rank 1": 3.0}


def test_a_damaged_measurement_is_an_answer_and_not_a_crash(client, settings):
    run = finished(settings.runs, 'kind = "none"', [1.0])
    (run.path / "bandwidth.json").write_text("[1]")
    answer = client.get(f"/v1/runs/{run.id}/bandwidth")
    assert answer.status_code in (400, 422) and "bandwidth.json" in answer.json()["error"]["message"]
    assert client.get("/v1/runs/nothing/bandwidth").status_code == 404
