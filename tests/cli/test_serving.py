"""Servers as real processes: they say where they are, answer, and end when told to."""

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from shoestring.cli.serving import tokens
from shoestring.core.errors import BadDataError, ConfigError


@pytest.fixture
def start(shell, tmp_path):
    """Start a serving command and give its process and the document it printed."""
    started = []

    def begin(*words):
        process = subprocess.Popen(
            [sys.executable, "-m", "shoestring", *map(str, words), "--port", "0", "--json"], text=True, cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        text = ""
        while not text.endswith("}\n"):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            text += line
        return process, json.loads(text)

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        return answer.read()


@pytest.mark.parametrize("words", [["serve"], ["studio", "--no-browser", "--open", "sign"]])
def test_a_server_says_where_it_is_and_ends_with_ctrl_c(start, words):
    process, document = start(*words)
    assert document["schema"] == "shoestring.serving/1" and document["url"].endswith("/sign" if len(words) > 1 else "/")
    origin = "/".join(document["url"].split("/")[:3])
    assert json.loads(get(f"{origin}/v1/info"))["version"] and b"studio" in get(document["url"])
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 0 and stdout == "" and "Traceback" not in stderr


def test_a_token_is_asked_for_and_not_printed(start, tmp_path):
    file = tmp_path / "token"
    file.write_text("a-token-of-enough-length\n")
    file.chmod(0o600)
    _, document = start("serve", "--token-file", file)
    assert "token" not in document["url"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{document['url']}v1/info")
    assert refused.value.code == 401
    refused.value.close()
    assert get(f"{document['url']}v1/info", Authorization="Bearer a-token-of-enough-length")


def test_a_port_in_use_and_an_open_address_are_refused(shell):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        failed = shell("serve", "--port", taken.getsockname()[1], code=2)
    assert "is in use; stop the other server or choose --port" in failed.stderr
    assert "refusing to listen on 0.0.0.0 without a token" in shell("serve", "--host", "0.0.0.0", code=2).stderr
    assert "expected NAME=FOLDER" in shell("serve", "--model", "pen", code=2).stderr


def test_token_files(tmp_path):
    file = tmp_path / "tokens"
    assert tokens(None) == {}
    file.write_text('{"write": "w-token", "read": "r-token"}')
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="others can read it; chmod 600"):
        tokens(file)
    file.chmod(0o600)
    assert tokens(file) == {"token": "w-token", "read_token": "r-token"}
    file.write_text("one-token\n")
    assert tokens(file) == {"token": "one-token"}
    for text, error in (('{"rite": "x"}', ConfigError), ('{"write": 3}', ConfigError), ("{", BadDataError)):
        file.write_text(text)
        with pytest.raises(error):
            tokens(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        tokens(Path("/nowhere/token"))
