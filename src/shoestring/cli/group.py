"""The command group: imports a command when it is called, and turns every end of it into an exit code."""

import difflib
import json
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

import click

from shoestring.core.errors import ShoestringError


@dataclass(frozen=True)
class Command:
    """Where a command lives in this package, and the line that ``--help`` shows of it without importing it."""

    module: str
    name: str
    help: str


class Program(click.Group):
    """Commands in sections, by name; none is imported to list them."""

    def __init__(self, sections: Mapping[str, Mapping[str, Command]], **settings: Any) -> None:
        super().__init__("shoestring", context_settings={"help_option_names": ["-h", "--help"]}, **settings)
        self._sections = sections
        self._known = {name: command for section in sections.values() for name, command in section.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._known:
            return None
        place = self._known[cmd_name]
        command: click.Command = vars(import_module(f"shoestring.cli.{place.module}"))[place.name]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self._known and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], self._known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else "see shoestring --help"
            raise click.UsageError(f"no command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in self._sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, command.help) for name, command in commands.items()])

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:
        """Run, and exit with the code that :doc:`the design </design>` gives to each kind of end."""
        arguments = list(sys.argv[1:] if args is None else args) or ["--help"]
        words = arguments[: arguments.index("--")] if "--" in arguments else arguments
        debug = "--debug" in words or bool(os.environ.get("SHOESTRING_DEBUG"))
        try:
            code = super().main(arguments, prog_name, standalone_mode=False, **extra)
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader has seen enough. Without this, Python complains when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        except (Exception, KeyboardInterrupt) as error:
            code = _explain(error, as_json="--json" in words, debug=debug)
        sys.exit(code if isinstance(code, int) else 0)


def _explain(error: BaseException, *, as_json: bool, debug: bool) -> int:
    """Show ``error`` on stderr, and on stdout with ``--json``; the exit code is returned."""
    code, kind, message = _classify(error)
    if debug:
        traceback.print_exception(error)
    if as_json:
        document = {"message": message, "type": kind, "param": None, "code": code}
        click.echo(json.dumps({"schema": "shoestring.error/1", "error": document}, indent=2, ensure_ascii=False))
    click.echo(f"error: {message}" if code not in (130, 143) else message, err=True)
    for note in getattr(error, "__notes__", []) if code in (1, 5) else []:
        click.echo(note, err=True)
    return code


def _classify(error: BaseException) -> tuple[int, str, str]:
    match error:
        case ShoestringError():
            return error.exit_code, type(error).__name__.removesuffix("Error"), str(error)
        case click.ClickException():
            usage = f"{error.ctx.command_path} --help" if isinstance(error, click.UsageError) and error.ctx else ""
            return 2, "Usage", error.format_message() + (f" (see {usage})" if usage else "")
        case KeyboardInterrupt() | click.Abort():
            return 130, "Interrupted", "stopped"
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            return 1, "OS", f"{place}{error.strerror or error}"
    hint = "this is a defect of shoestring: run again with --debug and report what it shows"
    return 1, "Internal", f"{type(error).__name__}: {error}; {hint}"
