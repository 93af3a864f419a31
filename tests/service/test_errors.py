import json
import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from shoestring.service.errors import TYPES, envelope
from tests.service.test_people import enrol

DEEP = b'{"strokes":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
JSON_TYPE = {"Content-Type": "application/json"}


def check(answer, status: int, code: str | None = None):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    body = answer.json()["error"]
    assert set(body) == {"message", "type", "param", "code"}
    assert body["type"] == TYPES[status] and body["message"] and (code is None or body["code"] == code), body


def test_every_kind_of_failure_comes_in_the_envelope(serve):
    client = serve(max_body=500_000)
    check(client.get("/nothing"), 404, "unknown_route")
    check(client.get("/v1/nothing"), 404, "unknown_route")
    check(client.get("/static/nothing.js"), 404, "unknown_route")
    check(client.get("/v1/people/nobody"), 404, "not_found")
    check(client.post("/healthz"), 405, "method_not_allowed")
    check(client.patch("/v1/people/ana"), 405, "method_not_allowed")
    check(client.put("/static/app.js"), 405, "method_not_allowed")
    check(client.get("/v1/people?limit=x"), 422, "int_parsing")
    check(client.post("/v1/verify", content=b"{", headers=JSON_TYPE), 400, "invalid_json")
    check(client.post("/v1/verify", content=b"\xff\xfe{}", headers=JSON_TYPE), 400)
    check(client.post("/v1/verify", content=DEEP, headers=JSON_TYPE), 400, "bad_request")
    check(client.post("/v1/verify", content=b'{"k":' + b"9" * 5000 + b"}", headers=JSON_TYPE), 400)
    check(client.post("/v1/verify", headers=JSON_TYPE), 422, "missing_body")
    check(client.post("/v1/verify", json=[]), 422, "missing_body")
    check(client.post("/v1/verify", json={"person": "a", "strokes": {}, "persn": 1}), 422, "unknown_field")
    check(client.post("/v1/runs", json={"x": "y" * 600_000}), 413, "body_too_large")
    check(client.post("/v1/verify", content=b"x"), 415, "not_json")
    check(client.get("/", headers={"Host": "evil.example"}), 403, "wrong_host")


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 400, b'"1"', b"true", b"null"])
def test_numbers_that_are_none_never_reach_the_store(client, pages, value):
    client.put("/v1/people/ana")
    rows = json.dumps(pages[0][0]["rows"]).encode()
    first = json.dumps(pages[0][0]["rows"][0][0]).encode()
    page = json.dumps({**pages[0][0], "rows": "ROWS"}).encode().replace(b'"ROWS"', rows.replace(first, value, 1))
    answer = client.post("/v1/people/ana/samples", content=b'{"strokes":' + page + b"}", headers=JSON_TYPE)
    check(answer, 422, "bad_strokes")
    assert answer.json()["error"]["param"] == "strokes"
    assert client.get("/v1/people/ana").json()["samples"] == 0


def test_what_nobody_foresaw_is_answered_without_details_and_logged(client, caplog):
    def broken() -> None:
        raise RuntimeError("secret of ana")

    client.app.router.add_api_route("/v1/broken", broken)
    answer = client.get("/v1/broken")
    check(answer, 500, "internal")
    assert "secret" not in answer.text and answer.headers["x-frame-options"] == "DENY"
    assert "unforeseen failure in GET /v1/broken" in caplog.text
    assert client.get("/healthz").status_code == 200


def test_the_envelope_of_every_status():
    for status, kind in TYPES.items():
        body = json.loads(envelope(status, "m", "c", "p", {"Retry-After": "1"}).body)
        assert body == {"error": {"message": "m", "type": kind, "param": "p", "code": "c"}}


@pytest.fixture
def small_disk():
    """A file system of two megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    # Not below tmp_path: another session of pytest may clean up there meanwhile, and stumble over the mount.
    place = Path(tempfile.mkdtemp(prefix="small-disk-"))
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True, check=False)
    if done.returncode:
        place.rmdir()
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)
    place.rmdir()


def test_a_full_disk_loses_nothing_that_was_promised_and_recovers(serve, pages, small_disk):
    client = serve(database=f"sqlite:///{small_disk / 'people.sqlite'}")
    enrol(client, "ana", pages[0][:2])
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(b"x" * 4096)
    refused, kept = None, 2
    for number in range(40):
        answer = client.post("/v1/people/ana/samples", json={"strokes": pages[0][2 + number % 6]})
        if answer.status_code == 503:
            refused = answer
            break
        assert answer.status_code == 201
        kept += 1
    assert refused is not None
    check(refused, 503, "store_full")
    assert int(refused.headers["retry-after"]) > 0
    assert client.get("/v1/people/ana").json()["samples"] == kept
    ballast.unlink()
    assert client.post("/v1/people/ana/samples", json={"strokes": pages[0][7]}).status_code == 201
    assert client.get("/v1/people/ana").json()["samples"] == kept + 1


def test_a_store_that_cannot_be_written_says_so_and_still_answers(client, settings, pages):
    enrol(client, "ana", pages[0][:3])
    engine = client.app.state.service.store.engine

    def read_only(connection, *_):
        connection.execute("PRAGMA query_only = ON").close()

    from sqlalchemy import event

    event.listen(engine, "checkout", read_only)
    check(client.put("/v1/people/ben"), 503, "store_read_only")
    assert client.post("/v1/verify", json={"person": "ana", "strokes": pages[0][5]}).status_code == 200
    assert client.get("/v1/people").json()["total"] == 1


def test_a_store_that_went_away_is_503_and_not_ready(serve, postgres_url, verifier):
    client = serve(database=postgres_url)
    assert client.get("/readyz").status_code == 200
    engine = client.app.state.service.store.engine
    engine.dispose()
    from sqlalchemy import event

    def unreachable(dialect, record, arguments, options):
        options["host"] = str(Path("/nowhere"))

    event.listen(engine, "do_connect", unreachable)
    check(client.get("/v1/people"), 503, "store_unavailable")
    ready = client.get("/readyz")
    assert ready.status_code == 503 and "store" in ready.json()["problems"][0]
