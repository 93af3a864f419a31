"""``shoestring activations plot`` and ``export``."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from shoestring.activations.catalog import ENTRIES
from shoestring.cli.extras import needs
from shoestring.cli.output import Output, plain, speaks
from shoestring.core.errors import BadDataError, ShoestringError
from shoestring.core.files import atomic_write


def names_and_range(function: Callable[..., Any]) -> Callable[..., Any]:
    """What both commands take."""
    function = click.option("--seconds", type=click.FloatRange(1, 3600), default=20.0, show_default=True,
                            help="For each function of your own.")(function)  # fmt: skip
    function = click.option("--x", "span", nargs=2, type=float, default=(-4.0, 4.0), show_default=True,
                            metavar="LOW HIGH", help="Range of x.")(function)  # fmt: skip
    function = click.option("--out", "folder", required=True, type=click.Path(path_type=Path, file_okay=False),
                            help="Folder for the files; made if it is not there.")(function)  # fmt: skip
    return click.argument("names", nargs=-1)(function)


@click.command("plot")
@names_and_range
@click.option("--format", "kind", type=click.Choice(["svg", "png", "pdf"]), default="svg", show_default=True,
              help="Of the pictures.")  # fmt: skip
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True, help="Of the paper.")
@speaks
def plot_command(
    out: Output, *, names: tuple[str, ...], folder: Path, kind: Any, theme: Any, span: tuple[float, float],
    seconds: float,
) -> None:  # fmt: skip
    """Draw NAMES, or everything: f, f' and f'' with the slope that autograd returns at kinks.

    The name ``poster`` stands for one picture of all that torch.nn exports.

    What cannot be drawn, such as a function of your own that is not differentiable, is named on stderr; the others are
    drawn, and the exit code is 5.
    """
    with needs("plots"):
        from shoestring.activations.render import curve_figure, entry_figure, poster, write
    from shoestring.activations.specs import parse
    from shoestring.activations.user_curve import split, user_curve

    folder.mkdir(parents=True, exist_ok=True)

    def draw(name: str) -> Path:
        own = split(name)
        if name == "poster":
            # The tanh form of GELU differs from the exact one by less than the width of a line.
            shown = [entry for entry in ENTRIES if entry.name != "gelu_tanh"]
            figure = poster(shown, theme, "The activation functions that torch.nn exports")
            stem = f"activations-poster-{theme}"
        elif own:
            document = user_curve(*own, low=span[0], high=span[1], seconds=seconds)
            figure, stem = curve_figure(document, f"({own[0].name})", theme), f"{own[0].stem}-{own[1]}"
        else:
            spec = parse(name)
            figure, stem = entry_figure(spec, *span, theme=theme), spec.text.replace(":", "-")
        path = folder / f"{stem}.{kind}"
        write(figure, path, kind)
        return path

    written, failed = _each(out, names or (*(entry.name for entry in ENTRIES), "poster"), draw)
    _finish(out, "shoestring.activation-plots/1", written, failed)


@click.command("export")
@names_and_range
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv", show_default=True,
              help="csv: x, f, f', f''; json: the same with the facts.")  # fmt: skip
@click.option("--points", type=click.IntRange(2, 2001), default=401, show_default=True, help="Places of x.")
@speaks
def export_command(
    out: Output, *, names: tuple[str, ...], folder: Path, kind: str, points: int, span: tuple[float, float],
    seconds: float,
) -> None:  # fmt: skip
    """Write the numbers of NAMES, or of all elementwise functions: one file each."""
    from shoestring.activations.documents import curve_document
    from shoestring.activations.specs import ELEMENTWISE, parse
    from shoestring.activations.user_curve import split, user_curve

    folder.mkdir(parents=True, exist_ok=True)

    def save(name: str) -> Path:
        own = split(name)
        if own:
            document = user_curve(*own, low=span[0], high=span[1], points=points, seconds=seconds)
            stem = f"{own[0].stem}-{own[1]}"
        else:
            spec = parse(name)
            document, stem = curve_document(spec.text, spec.curve(), *span, points), spec.text.replace(":", "-")
        path = folder / f"{stem}.{kind}"
        atomic_write(path, csv_of(document) if kind == "csv" else json.dumps(plain(document), indent=1) + "\n")
        return path

    written, failed = _each(out, names or tuple(entry.name for entry in ELEMENTWISE), save)
    _finish(out, "shoestring.activation-exports/1", written, failed)


def csv_of(document: dict[str, Any]) -> str:
    """``x,value,slope,curvature`` a row; empty where one of them jumps."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    keys = ("x", "value", "slope", "curvature")
    writer.writerow(keys)
    for row in zip(*(document[key] for key in keys), strict=True):
        writer.writerow(["" if value is None else repr(value) for value in row])
    return buffer.getvalue()


def _each(out: Output, names: tuple[str, ...], work: Callable[[str], Path]) -> tuple[list[Path], dict[str, str]]:
    written, failed = [], {}
    for name in names:
        try:
            written.append(work(name))
        except ShoestringError as error:
            failed[name] = str(error)
            out.narrate(f"not drawn: {error}")
    return written, failed


def _finish(out: Output, schema: str, written: list[Path], failed: dict[str, str]) -> None:
    if failed:
        done = f"; written: {', '.join(str(path) for path in written)}" if written else ""
        raise BadDataError(f"{'; '.join(failed.values())}{done}")
    out.result(schema, {"files": written}, "\n".join(str(path) for path in written))
