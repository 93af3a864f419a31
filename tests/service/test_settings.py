from pathlib import Path

import pytest

from shoestring.core.errors import ConfigError
from shoestring.service.settings import Settings, home_folder, is_loopback


def test_the_environment_is_read_and_flags_win():
    environment = {
        "SHOESTRING_RUNS": "/r", "SHOESTRING_DATABASE": "sqlite:///x.db", "SHOESTRING_TOKEN": "t" * 16,
        "SHOESTRING_READ_TOKEN": "s" * 16,
    }  # fmt: skip
    settings = Settings.from_environment(environment, port=1, runs=None, token="u" * 16)
    assert (settings.runs, settings.port, settings.token) == (Path("/r"), 1, "u" * 16)
    assert settings.database_url == "sqlite:///x.db" and settings.read_token == "s" * 16
    assert Settings.from_environment({}).runs == Path("runs")


def test_personal_data_lies_in_the_home_of_the_user_and_not_where_one_happens_to_be(monkeypatch, tmp_path):
    monkeypatch.setenv("SHOESTRING_HOME", str(tmp_path))
    assert Settings().database_url == f"sqlite:///{tmp_path}/people.sqlite"
    assert home_folder({"XDG_DATA_HOME": "/data"}) == Path("/data/shoestring")
    assert home_folder({}).is_absolute() and home_folder({}).name == "shoestring"


@pytest.mark.parametrize("token", ["short", "x" * 15, "with blank " * 3, "ümlaut" * 4, "line\n" * 8])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_refused(token):
    with pytest.raises(ConfigError, match="16 printable"):
        Settings(token=token)


def test_tokens_must_make_sense_together():
    with pytest.raises(ConfigError, match="differ"):
        Settings(token="x" * 16, read_token="x" * 16)
    with pytest.raises(ConfigError, match="beside"):
        Settings(read_token="x" * 16)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.example", "2130706433"]
)
def test_not_loopback(host):
    assert not is_loopback(host)
