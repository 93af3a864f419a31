import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from shoestring.core.errors import ConfigError
from shoestring.service.server import address, bind
from shoestring.service.settings import Settings

SERVE = """
import sys
from pathlib import Path
from shoestring.service.server import serve
from shoestring.service.settings import Settings
import json
folder = Path(sys.argv[1])
given = {"port": 0, "warm": False, "runs": folder / "runs", "database": f"sqlite:///{folder}/people.sqlite"}
serve(Settings(**given, **json.loads(sys.argv[2])))
"""


def start(tmp_path, **settings):
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path), json.dumps(settings)], stderr=subprocess.PIPE, text=True
    )
    return process, process.stderr.readline().split()[-1]


def end(process: "subprocess.Popen[str]", number: int) -> None:
    """Ask a server to end, and see that it does so without a word."""
    os.kill(process.pid, number)
    assert "Traceback" not in process.communicate(timeout=120)[1]
    assert process.returncode in (0, -number)


def test_a_server_says_where_it_is_and_a_killed_one_starts_again_with_everything(tmp_path):
    process, url = start(tmp_path)
    assert httpx.put(url + "v1/people/ana", timeout=120).status_code == 201
    process.kill()
    process.communicate()
    process, url = start(tmp_path)
    assert httpx.get(url + "v1/people/ana", timeout=120).status_code == 200
    end(process, signal.SIGINT)


def test_the_printed_address_opens_a_guarded_server(tmp_path):
    process, url = start(tmp_path, token="t" * 32)
    with httpx.Client(follow_redirects=True, timeout=120) as client:
        assert client.get(url).status_code == 200
        assert client.get(url.partition("?")[0] + "v1/info").json()["auth"]["role"] == "write"
    end(process, signal.SIGTERM)


def test_a_port_in_use_says_what_to_do():
    with bind("127.0.0.1", 0) as taken, pytest.raises(ConfigError, match=r"in use; .*--port"):
        bind("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "port", "says"),
    [
        ("127.0.0.1", 70000, "between 0 and 65535"),
        ("192.0.2.1", 0, "cannot listen"),
        ("no-such-host.invalid", 0, "not known"),
    ],
)
def test_an_address_that_cannot_be_is_a_plain_message(host, port, says):
    with pytest.raises(ConfigError, match=says):
        bind(host, port)


def test_a_server_that_ended_frees_its_port_at_once():
    first = bind("127.0.0.1", 0)
    port = first.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        first.accept()[0].close()
    first.close()
    time.sleep(0.01)
    bind("127.0.0.1", port).close()


def test_answers_do_not_wait_for_the_other_side_to_acknowledge(client):
    """Head and body are two packets: with Nagle's algorithm the second waits 40 ms for a delayed acknowledgement."""
    client.get("/healthz")
    ours = [
        socket.socket(fileno=os.dup(connection.fd))
        for connection in psutil.Process().net_connections("tcp")
        if connection.laddr.port == client.base_url.port and connection.raddr
    ]
    assert ours
    for connection in ours:
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        connection.close()


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:5/"), ({"host": "::1"}, "http://[::1]:5/"), ({"host": "localhost"}, "http://localhost:5/"),
        ({"host": "0.0.0.0", "token": "t" * 16}, "http://127.0.0.1:5/?token=tttttttttttttttt"),
        ({"host": "::", "token": "t" * 16}, "http://[::1]:5/?token=tttttttttttttttt"),
    ],
)  # fmt: skip
def test_the_address_is_one_that_can_be_opened(settings, url):
    assert address(Settings(**settings), 5) == url
