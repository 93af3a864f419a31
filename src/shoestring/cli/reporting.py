"""``shoestring report``."""

from pathlib import Path

import click

from shoestring.cli.arguments import find_run, find_runs, runs_argument, runs_option
from shoestring.cli.output import Output, speaks
from shoestring.core.errors import ConfigError
from shoestring.core.files import atomic_write
from shoestring.recipes.comparing import AXES, axis_of
from shoestring.recipes.reporting import report as make_report


@click.command("report")
@runs_argument
@click.option("--x", "axis", type=click.Choice(AXES), default="step", help="Axis of the curves.", show_default=True)
@click.option("--html", "target", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it.")
@runs_option
@speaks
def report(out: Output, references: tuple[str, ...], axis: str, target: Path | None, runs: Path) -> None:
    """Write RUNs as one HTML file that needs no network: by default report.html in the folder of the first."""
    chosen = find_runs(runs, references)
    lacking = [run.id for run in chosen if axis != "step" and not axis_of(run, axis)]
    if lacking:
        raise ConfigError(f"{lacking[0]} never recorded {axis}; choose another --x")
    path = target or find_run(runs, references[0]).path / "report.html"
    text = make_report(chosen, axis)
    try:
        atomic_write(path, text)
    except FileNotFoundError as error:
        raise ConfigError(f"{path.parent}: no such folder; choose another with --html") from error
    document = {"path": path, "bytes": len(text.encode()), "runs": [run.id for run in chosen]}
    out.result("shoestring.report/1", document, str(path))
