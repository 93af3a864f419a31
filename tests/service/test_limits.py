import asyncio
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from shoestring.service.errors import ApiError
from shoestring.service.limits import Gate
from tests.service.test_people import error

GIB = 2**30


def run_apart(scenario):
    """Run a coroutine function on a thread of its own: the browser tests keep a loop going on this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(scenario())).result()


def talk(client, head: str, body=(), patience: float = 120.0) -> tuple[bytes, int]:
    """Send bytes as they are; gives the answer and how many bytes of the body could be sent."""
    sent = 0
    with socket.create_connection(("127.0.0.1", client.base_url.port), timeout=patience) as line:
        line.sendall(head.replace("\n", "\r\n").encode())
        line.settimeout(0.0)
        answer, deadline = b"", time.monotonic() + patience
        for chunk in body:
            rest = memoryview(chunk)
            while rest and time.monotonic() < deadline:
                try:
                    count = line.send(rest)
                    sent += count
                    rest = rest[count:]
                except BlockingIOError:
                    time.sleep(0.01)
                except OSError:
                    break
                try:
                    answer += line.recv(65536)
                except BlockingIOError:
                    continue
                except OSError:
                    break
            if answer:
                break
        line.settimeout(max(0.1, deadline - time.monotonic()))
        try:
            while more := line.recv(65536):
                answer += more
        except OSError:
            pass
    return answer, sent


def gibibyte(chunked: bool):
    block = b"[" * 65536
    for _ in range(GIB // len(block)):
        yield b"10000\r\n" + block + b"\r\n" if chunked else block


HEAD = "POST /v1/verify HTTP/1.1\nHost: 127.0.0.1\nContent-Type: application/json\n"


@pytest.mark.parametrize("head", [f"Content-Length: {GIB}\n\n", "Transfer-Encoding: chunked\n\n"])
def test_a_gibibyte_is_refused_at_once_and_never_held(client, head):
    process = psutil.Process()
    before = process.memory_info().rss
    answer, sent = talk(client, HEAD + head, gibibyte("chunked" in head))
    assert answer.startswith(b"HTTP/1.1 413") and b'"body_too_large"' in answer or b'"too_large"' in answer
    assert sent < 64 * 2**20, "most of it was never taken"
    assert process.memory_info().rss - before < 100 * 2**20
    assert client.get("/healthz").status_code == 200


def test_the_limit_is_exact(serve):
    client = serve(max_body=1000)
    fits = json.dumps({"consent": "x" * 984}).encode()
    assert len(fits) == 1000 - 1
    typed = {"Content-Type": "application/json"}
    assert client.put("/v1/people/ana", content=fits + b" ", headers=typed).status_code == 201
    assert client.put("/v1/people/ana", content=fits + b"  ", headers=typed).status_code == 413
    chunks = [fits[:500], fits[500:], b" "]
    assert client.put("/v1/people/ana", content=iter(chunks), headers=typed).status_code == 200
    assert error(client.put("/v1/people/ana", content=iter([*chunks, b" "]), headers=typed))[0] == 413


def test_a_client_that_sends_first_and_reads_then_still_gets_the_answer(client):
    body = b"[" * (5 * 2**20)
    head = HEAD.replace("verify", "runs")
    for length in (f"Content-Length: {len(body)}\n\n", "Transfer-Encoding: chunked\n\n"):
        with socket.create_connection(("127.0.0.1", client.base_url.port), timeout=120) as line:
            chunk = body if "Content" in length else b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            line.sendall((head + length).replace("\n", "\r\n").encode() + chunk)
            time.sleep(0.05)
            assert line.recv(12) == b"HTTP/1.1 413"


def test_a_client_that_asks_before_it_sends_is_not_told_to_go_on(client):
    head = HEAD + f"Content-Length: {GIB}\nExpect: 100-continue\n\n"
    with socket.create_connection(("127.0.0.1", client.base_url.port), timeout=120) as line:
        line.sendall(head.replace("\n", "\r\n").encode())
        assert line.recv(12) == b"HTTP/1.1 413"


def test_a_length_that_is_no_number_is_refused(client):
    for length in ("-1", "x", "1e9", "", "99999999999999999999999999", "0x10", "1, 2"):
        answer, _ = talk(client, HEAD + f"Content-Length: {length}\n\n")
        assert answer.split(b" ")[1] in (b"400", b"413"), length


def test_a_body_that_comes_too_slowly_is_given_up(serve):
    client = serve(body_seconds=0.3)
    answer, _ = talk(client, HEAD + 'Content-Length: 50\n\n{"person"')
    assert answer.startswith(b"HTTP/1.1 408") and b'"type":"timeout"' in answer


def test_a_body_that_is_not_called_json_is_not_read(client):
    forms = ("multipart/form-data", "application/x-www-form-urlencoded")
    for kind in (None, "text/plain", *forms, "application/jsonx"):
        headers = {} if kind is None else {"Content-Type": kind}
        assert error(client.put("/v1/people/ana", content=b"{}", headers=headers))[:2] == (415, "not_json"), kind
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert client.put("/v1/people/ana", content=b"{}", headers=headers).status_code == 201


def test_a_full_queue_refuses_before_it_parses(client):
    gate = client.app.state.service.gate
    gate.pending = gate.capacity
    broken = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    for path in ("/v1/verify", "/v1/identify", "/v1/people/ana%20b/samples"):
        assert error(client.post(path, **broken))[:2] == (429, "queue_full"), path
    assert client.get("/v1/people").status_code == 200
    gate.pending = 0
    assert error(client.post("/v1/verify", **broken))[:2] == (400, "invalid_json")


def test_the_gate_computes_so_many_lets_so_many_wait_and_refuses_the_rest():
    async def scenario():
        gate, release = Gate(workers=2, queue=3), threading.Event()
        running, most, lock = 0, 0, threading.Lock()

        def work():
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            release.wait(120)
            with lock:
                running -= 1
            return "done"

        tasks = [asyncio.ensure_future(gate.run(work)) for _ in range(8)]
        await asyncio.sleep(0.1)
        refused = [task for task in tasks if task.done()]
        assert len(refused) == 3 and gate.pending == 5
        for task in refused:
            assert isinstance(task.exception(), ApiError) and task.exception().status == 429
            assert task.exception().headers["Retry-After"] == "1"
        release.set()
        assert [await task for task in tasks if task not in refused] == ["done"] * 5
        await asyncio.sleep(0)
        assert gate.pending == 0 and most == 2
        gate.close()

    run_apart(scenario)


def test_a_caller_who_leaves_does_not_free_the_place_of_work_that_goes_on():
    async def scenario():
        gate, release = Gate(workers=1, queue=0), threading.Event()
        task = asyncio.ensure_future(gate.run(lambda: release.wait(120)))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.sleep(0.05)
        assert gate.pending == 1
        with pytest.raises(ApiError):
            await gate.run(lambda: None)
        release.set()
        while gate.pending:
            await asyncio.sleep(0.01)
        assert await gate.run(lambda: 7) == 7
        gate.close()

    run_apart(scenario)


def test_an_error_in_the_work_reaches_the_caller_and_frees_the_place():
    async def scenario():
        gate = Gate(workers=1, queue=0)
        with pytest.raises(ZeroDivisionError):
            await gate.run(lambda: 1 // 0)
        await asyncio.sleep(0)
        assert await gate.run(lambda: 7) == 7
        gate.close()

    run_apart(scenario)
