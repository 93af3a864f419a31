"""How commands speak: results on stdout, narration on stderr, one JSON document with ``--json``."""

import functools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True)
class Output:
    """What a command was asked to show."""

    json: bool = False
    quiet: bool = False

    def result(self, schema: str, document: Mapping[str, Any], text: str) -> None:
        """The one result of a command: ``text`` for people, ``document`` with its ``schema`` for programs."""
        if self.json:
            click.echo(json.dumps(plain({"schema": schema, **document}), indent=2, ensure_ascii=False, allow_nan=False))
        elif text:
            click.echo(text)

    def narrate(self, message: str) -> None:
        """Something worth knowing that is not the result."""
        if not self.quiet:
            click.echo(message, err=True)


def speaks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--json``, ``--quiet`` and ``--debug``, and an :class:`Output` as its first argument."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document, also when it fails.")
    @click.option("--quiet", is_flag=True, help="Print results only.")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(function)
    def command(*args: Any, as_json: bool, quiet: bool, debug: bool, **kwargs: Any) -> Any:
        return function(Output(json=as_json, quiet=quiet), *args, **kwargs)

    return command


def plain(value: Any) -> Any:
    """``value`` with everything that JSON lacks replaced: NaN and infinity by null, paths by text, tuples by lists."""
    match value:
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case str() | bool() | int() | None:
            return value
        case float():
            return value if math.isfinite(value) else None
        case Path():
            return str(value)
        case list() | tuple():
            return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    raise TypeError(f"a {type(value).__name__} has no place in a JSON document")


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns aligned with two spaces between them; never cut to a width, so that a pipe gets all of it."""
    lines = [[str(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def number(value: float | None) -> str:
    """A value as people read it: four significant digits, thousands separated."""
    if value is None or math.isnan(value):
        return "-"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4g}"


def interval(metric: Mapping[str, Any] | float) -> str:
    """``0.081 [0.070, 0.093]``, or the bare number where there is no interval."""
    if not isinstance(metric, Mapping):
        return number(metric)
    low, high = metric.get("low"), metric.get("high")
    bounds = "" if low is None or high is None else f" [{number(low)}, {number(high)}]"
    return number(metric.get("value")) + bounds
