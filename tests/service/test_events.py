import json
import threading
import time

import httpx
import pytest

from shoestring.service import events
from shoestring.service.events import read_lines
from tests.service.runs import append, make_run
from tests.service.test_people import error


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(events, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.1)


@pytest.fixture
def root(settings):
    return settings.runs


def finish(run, status="done"):
    about = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps(about | {"status": status}))


def parse(lines):
    """Events as (name, data, id), heartbeats as None."""
    name = number = None
    for line in lines:
        if line.startswith(":"):
            yield None
        elif line.startswith("id: "):
            number = int(line[4:])
        elif line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:]), number


def test_a_finished_run_tells_everything_and_ends(client, root):
    run = make_run(root, "a", steps=9000)
    with client.stream("GET", "/v1/runs/a/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        seen = list(parse(answer.iter_lines()))
    points = [point for name, data, _ in seen if name == "metrics" for point in data["points"] if "k" in point]
    assert [(point["step"], point["v"]) for point in points] == run.metrics()["loss"]
    assert [name for name, *_ in seen][-1] == "end" and seen[-1][1] == {"run": "a", "status": "done"}
    assert [data["status"] for name, data, _ in seen if name == "status"] == ["done"]


def test_points_arrive_while_the_run_goes_on_and_none_twice(client, root):
    run = make_run(root, "a", steps=5, status="running")
    seen, live = [], threading.Event()

    def write():
        live.wait(120)
        for step in range(6, 30):
            append(run, attempt=1, step=step, t=0.0, k="loss", v=1.0)
            time.sleep(0.01)
        finish(run)

    writer = threading.Thread(target=write)
    writer.start()
    with client.stream("GET", "/v1/runs/a/events") as answer:
        for event in parse(answer.iter_lines()):
            if event and event[0] == "metrics":
                seen += [point["step"] for point in event[1]["points"] if "step" in point]
                live.set()
    writer.join()
    assert seen == list(range(1, 30))


def test_a_browser_that_lost_the_connection_goes_on_where_it_was(client, root):
    make_run(root, "a", steps=5000)
    with client.stream("GET", "/v1/runs/a/events") as answer:
        first = next(event for event in parse(answer.iter_lines()) if event)
    with client.stream("GET", "/v1/runs/a/events", headers={"Last-Event-ID": str(first[2])}) as answer:
        rest = [event for event in parse(answer.iter_lines()) if event[0] == "metrics"]
    before = [point["step"] for point in first[1]["points"] if "step" in point]
    after = [point["step"] for _, data, _ in rest for point in data["points"]]
    assert len(before) < 5000 and before + after == list(range(1, 5001))
    last = rest[-1][2]
    assert client.get("/v1/runs/a/events", headers={"Last-Event-ID": str(last)}).status_code == 204


def test_events_go_on_where_the_curves_ended(client, root):
    run = make_run(root, "a", steps=10, status="running")
    offset = client.get("/v1/runs/a/metrics").json()["offset"]
    append(run, attempt=1, step=11, t=0.0, k="loss", v=1.0)
    finish(run)
    with client.stream("GET", f"/v1/runs/a/events?after={offset}") as answer:
        points = [event[1]["points"] for event in parse(answer.iter_lines()) if event[0] == "metrics"]
    assert [[point["step"] for point in each] for each in points] == [[11]]


def test_silence_is_filled_with_heartbeats(client, root):
    make_run(root, "a", status="running")
    with client.stream("GET", "/v1/runs/a/events") as answer:
        stream = parse(answer.iter_lines())
        assert next(stream)[0] == "status"
        assert next(stream) is None and next(stream) is None


def test_so_many_streams_and_no_more_and_a_place_that_is_left_is_free(serve, root):
    make_run(root, "a", status="running")
    client = serve(max_streams=2)
    url = str(client.base_url) + "/v1/runs/a/events"
    with httpx.stream("GET", url, timeout=120), httpx.stream("GET", url, timeout=120):
        refused = client.get("/v1/runs/a/events")
        assert error(refused)[:2] == (429, "too_many_streams") and "retry-after" in refused.headers
    deadline = time.monotonic() + 120
    while client.app.state.service.streams and time.monotonic() < deadline:
        time.sleep(0.02)
    assert client.app.state.service.streams == 0
    with httpx.stream("GET", url, timeout=120) as again:
        assert again.status_code == 200


def test_a_server_that_ends_closes_the_streams_first(serve, root):
    make_run(root, "a", status="running")
    client = serve()
    with client.stream("GET", "/v1/runs/a/events") as answer:
        stream = parse(answer.iter_lines())
        next(stream)
        began = time.monotonic()
        client.server.should_exit = True
        assert all(event is None or event[0] != "end" for event in stream)
        # Far less than the time after which the server would cut the line.
        assert time.monotonic() - began < 4


def test_nothing_is_streamed_of_what_is_not_a_run(client, root):
    assert error(client.get("/v1/runs/nothing/events"))[0] == 404
    assert error(client.get("/v1/runs/a/events?after=-1"))[0] == 422
    assert error(client.get(f"/v1/runs/a/events?after={10**30}"))[0] in (404, 422)


def test_lines_are_whole_or_left_for_later(tmp_path, monkeypatch):
    path = tmp_path / "metrics.jsonl"
    assert read_lines(path, 0) == ([], 0, False)
    path.write_bytes(b'{"a":1}\nnonsense\n[1]\n{"b":2}\n{"c":')
    records, offset, more = read_lines(path, 0)
    assert records == [{"a": 1}, {"b": 2}] and not more and path.read_bytes()[offset:] == b'{"c":'
    assert read_lines(path, offset) == ([], offset, False)
    path.write_bytes(path.read_bytes() + b"3}\n")
    assert read_lines(path, offset)[0] == [{"c": 3}]
    monkeypatch.setattr(events, "CHUNK", 10)
    collected, offset, more = [], 0, True
    while more:
        records, offset, more = read_lines(path, offset)
        collected += records
    assert collected == [{"a": 1}, {"b": 2}, {"c": 3}] and offset == path.stat().st_size
    path.write_bytes(b"x" * 1000)
    offset, more = 0, True
    while more:
        records, offset, more = read_lines(path, offset)
        assert records == []
    assert read_lines(path, 10**9) == ([], 10**9, False)
