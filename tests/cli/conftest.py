"""The command line in this process, and its parts that need a model."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shoestring.cli import program
from tests.recipes.logistic import TABLE
from tests.recipes.pen import small_verifier, write_people


class Shell:
    """Runs commands with a runs folder of their own."""

    def __init__(self, runs: Path) -> None:
        self.runs = runs

    def __call__(self, *words: object, code: int = 0) -> Result:
        """Run a command; ``code`` is how it must end."""
        result = CliRunner().invoke(program(), [str(word) for word in words], obj=TABLE)
        assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr, result.exc_info)
        return result

    def json(self, *words: object, code: int = 0) -> dict:
        """The one JSON document of a command."""
        document = json.loads(self(*words, "--json", code=code).stdout)
        assert document["schema"].startswith("shoestring.")
        return document


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name in ("SHOESTRING_DEBUG", "SHOESTRING_DATABASE", "SHOESTRING_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHOESTRING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHOESTRING_RUNS", str(tmp_path / "runs"))
    return Shell(tmp_path / "runs")


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    path = tmp_path / "clouds.toml"
    path.write_text('# Clouds.\nrecipe = "logistic"\nsteps = 20\n')
    return path


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder called ``pen``."""
    folder = tmp_path_factory.mktemp("models") / "pen"
    small_verifier().save(folder)
    return folder


@pytest.fixture(scope="session")
def people_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A file with three writers, and their names."""
    path = tmp_path_factory.mktemp("people") / "people.json"
    return path, write_people(path)
