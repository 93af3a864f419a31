from pathlib import Path

from shoestring.core.places import collections_url, home_folder


def test_home_is_what_the_environment_says(tmp_path, monkeypatch):
    assert home_folder({"SHOESTRING_HOME": str(tmp_path)}) == tmp_path
    assert home_folder({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "shoestring"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_folder({}) == tmp_path / ".local" / "share" / "shoestring"


def test_collections_have_a_file_beside_that_of_people_and_share_a_server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert collections_url("sqlite:////a/people.sqlite") == "sqlite:////a/collections.sqlite"
    assert collections_url("sqlite:///people.sqlite") == f"sqlite:///{tmp_path / 'collections.sqlite'}"
    assert collections_url("postgresql://x/y") == "postgresql://x/y"
    monkeypatch.setenv("SHOESTRING_HOME", str(tmp_path))
    assert collections_url("") == f"sqlite:///{tmp_path / 'collections.sqlite'}"
    monkeypatch.setenv("SHOESTRING_DATABASE", "postgresql://x/z")
    assert (
        collections_url() == "postgresql://x/z" and Path(collections_url("").removeprefix("sqlite:///")).is_absolute()
    )
