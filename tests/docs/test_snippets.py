"""What the pages tell people to type works: Python runs, and commands are accepted by the real command line."""

import json
import re
import shlex
import tomllib
import warnings

import click
import pytest

from shoestring.cli import program
from shoestring.recipes import presets
from tests.docs.pages import PAGES, ROOT, commands, fences

RUNNABLE = [(page, found) for page in PAGES if (found := [f for f in fences(page, "python") if f.mark == "runnable"])]
CONSOLE = [fence for page in PAGES for fence in fences(page, "console")]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """An empty working directory, and no traces of anybody else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOESTRING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHOESTRING_RUNS", str(tmp_path / "runs"))
    return tmp_path


@pytest.mark.parametrize(
    "page,blocks", RUNNABLE, ids=lambda v: str(v.relative_to(ROOT)) if hasattr(v, "suffix") else ""
)
def test_runnable_python_runs_in_the_order_of_its_page(page, blocks, desk, capsys):
    names = {"__name__": "__main__"}
    for fence in blocks:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(fence.text, str(fence), "exec"), names)
        if "print(" in fence.text:
            assert capsys.readouterr().out.strip(), f"{fence} prints nothing"


def test_there_is_something_runnable():
    assert len(RUNNABLE) >= 3
    assert len(CONSOLE) >= 8


@pytest.mark.parametrize("fence", CONSOLE, ids=str)
def test_commands_are_accepted_by_the_command_line(fence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for line in commands(fence):
        accept(line, str(fence))


def accept(line, where):
    """Parse ``line`` as click would; only a file that is not there is forgiven."""
    words = re.sub(r"\bFOLDER\b", ".", line)
    _, *arguments = shlex.split(words, comments=True)
    group = program()
    context = click.Context(group, info_name="shoestring")
    if not arguments or arguments[0].startswith("-"):
        assert arguments in ([], ["--help"], ["--version"]), f"{where}: {line}"
        return
    name, command, rest = group.resolve_command(context, arguments)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        context = click.Context(command, info_name=name, parent=context)
        name, command, rest = command.resolve_command(context, rest)
    try:
        inner = command.make_context(name, list(rest), parent=context)
        if isinstance(command, click.Group) and rest:
            word, part, rest = command.resolve_command(inner, list(rest))
            part.make_context(word, list(rest), parent=inner)
    except click.exceptions.Exit:
        assert "--help" in rest
    except click.UsageError as error:
        assert "does not exist" in error.format_message(), f"{where}: {line}: {error.format_message()}"
    if name == "train" and rest and not rest[0].startswith("-"):
        known = {preset.name for preset in presets()}
        assert rest[0] in known or rest[0].endswith(".toml") or rest[0].isupper(), f"{where}: no preset {rest[0]}"


@pytest.mark.parametrize(
    "line",
    [
        "shoestring trian x",
        "shoestring train x --sede 3",
        "shoestring list runs --jsn",
        "shoestring collection serach x",
        "shoestring collection add x y --txt z",
    ],
)
def test_a_wrong_command_is_noticed(line):
    with pytest.raises((AssertionError, click.UsageError)):
        accept(line, "here")


@pytest.mark.parametrize("language,parse", [("toml", tomllib.loads), ("json", json.loads)])
def test_data_in_pages_can_be_read(language, parse):
    for page in PAGES:
        for fence in fences(page, language):
            parse(fence.text)
