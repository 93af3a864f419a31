"""Names, help, errors and exit codes that hold for every command."""

import importlib
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from shoestring import __version__
from shoestring.cli import COMMANDS, program
from shoestring.cli.group import Program
from shoestring.core.errors import (
    BadDataError,
    BudgetExhaustedError,
    ConfigError,
    InterruptedRunError,
    MissingExtraError,
    NotFoundError,
    ShoestringError,
)

EVERY = [(name, command) for section in COMMANDS.values() for name, command in section.items()]


@pytest.mark.parametrize(("name", "command"), EVERY, ids=[name for name, _ in EVERY])
def test_every_command_is_where_the_table_says_and_speaks_json(name, command):
    found = vars(importlib.import_module(f"shoestring.cli.{command.module}"))[command.name]
    assert found.name == name and found.help and command.help.endswith(".")
    for part in found.commands.values() if isinstance(found, click.Group) else [found]:
        assert part.help and {"--json", "--quiet", "--debug"} <= {
            o for parameter in part.params for o in parameter.opts
        }
    assert CliRunner().invoke(program(), [name, "--help"]).exit_code == 0


def test_no_arguments_are_a_short_help_with_examples():
    shown = CliRunner().invoke(program(), [])
    assert shown.exit_code == 0 and "shoestring studio --demo" in shown.stdout
    assert [name for name, _ in EVERY if f"  {name} " not in shown.stdout] == []
    assert CliRunner().invoke(program(), ["--version"]).stdout == f"shoestring {__version__}\n"


def test_help_imports_no_command_and_nothing_heavy():
    code = (
        "import sys; from shoestring.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'torch', 'numpy', 'pydantic', 'fastapi', 'rich', 'sqlalchemy', 'tomllib'} & set(sys.modules)\n"
        "ours = [name for name in sys.modules if name.startswith('shoestring.') and name.count('.') > 1]\n"
        "assert not heavy, heavy\n"
        "assert sorted(ours) == ['shoestring.cli.group', 'shoestring.core.errors'], ours"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def ends_with(error):
    """A program with one command, which raises ``error``."""

    @click.command("fail")
    @click.option("--json", is_flag=True)
    @click.option("--debug", is_flag=True)
    def fail(**options):
        raise error

    class Failing(Program):
        def get_command(self, ctx, cmd_name):
            return fail

    return Failing({"": {"fail": COMMANDS["Serve"]["serve"]}})


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (ShoestringError("x"), 1, "Shoestring"),
        (ConfigError("x"), 2, "Config"),
        (click.UsageError("x"), 2, "Usage"),
        (NotFoundError("x"), 3, "NotFound"),
        (MissingExtraError("fastapi", "studio"), 4, "MissingExtra"),
        (BadDataError("x"), 5, "BadData"),
        (BudgetExhaustedError("x"), 6, "BudgetExhausted"),
        (InterruptedRunError("x"), 130, "InterruptedRun"),
        (InterruptedRunError("x", 143), 143, "InterruptedRun"),
        (KeyboardInterrupt(), 130, "Interrupted"),
        (OSError(28, "No space left on device", "/disk/file"), 1, "OS"),
        (ValueError("x"), 1, "Internal"),
        (RecursionError("x"), 1, "Internal"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_every_end_has_its_exit_code_and_its_document(error, code, kind):
    shown = CliRunner().invoke(ends_with(error), ["fail"])
    assert shown.exit_code == code and shown.stdout == "" and "Traceback" not in shown.stderr
    document = CliRunner().invoke(ends_with(error), ["fail", "--json"])
    assert f'"type": "{kind}"' in document.stdout and f'"code": {code}' in document.stdout
    debug = CliRunner().invoke(ends_with(error), ["fail", "--debug"])
    assert debug.exit_code == code and (kind == "Interrupted" or type(error).__name__ in debug.stderr)


def test_a_missing_extra_prints_its_install_line():
    shown = CliRunner().invoke(ends_with(MissingExtraError("fastapi", "studio")), ["fail"])
    assert shown.stderr == "error: this needs the package 'fastapi': pip install 'shoestring[studio]'\n"


def test_a_full_disk_names_the_file():
    shown = CliRunner().invoke(ends_with(OSError(28, "No space left on device", "/disk/file")), ["fail"])
    assert shown.stderr == "error: /disk/file: No space left on device\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "no command 'trian'; did you mean 'train'?"),
        (["xyzzy"], "no command 'xyzzy'; see shoestring --help"),
        (["train", "--sede", "3"], "No such option"),
        (["list", "things"], "'things' is not one of 'recipes', 'presets', 'runs', 'papers'"),
        (["--what"], "No such option '--what'"),
    ],
)
def test_slips_of_the_pen_are_usage_errors_with_a_hint(words, message):
    for extra in ([], ["--json"]):
        shown = CliRunner().invoke(program(), [*words, *extra])
        assert shown.exit_code == 2 and message in shown.stderr
        assert (f'"code": {2}' in shown.stdout) == bool(extra)


def test_json_after_two_dashes_is_not_an_option():
    assert CliRunner().invoke(program(), ["show", "--", "--json"]).stdout == ""


def test_what_reads_runs_never_reaches_torch(shell, preset):
    shell("train", preset)
    words = ["list runs", "show latest", "show latest --config", "show latest --card", "compare latest --x labels",
             "report latest", "export latest --to metrics", "show signature-pairs", "show bromley1993"]  # fmt: skip
    code = (
        "import sys; from shoestring.cli import main\n"
        "for words in sys.argv[1:]:\n"
        "    try: main(words.split())\n"
        "    except SystemExit as end: assert not end.code, words\n"
        "heavy = {'torch', 'scipy', 'sklearn', 'fastapi', 'sqlalchemy', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
