"""``shoestring compare``."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from shoestring.cli.arguments import find_runs, runs_argument, runs_option
from shoestring.cli.output import Output, number, speaks, table
from shoestring.core.folder import RunFolder
from shoestring.recipes.comparing import AXES, Comparison, Group, compare, lower_is_better
from shoestring.recipes.intervals import MedianInterval
from shoestring.recipes.studies import document
from shoestring.recipes.studies import study as make_study


@click.command("compare")
@runs_argument
@click.option("--x", "axis", type=click.Choice(AXES), default="step", show_default=True, help="Compared at equal...")
@click.option("--metric", "metrics", multiple=True, help="Only this metric; can be repeated.")
@click.option("--study", metavar="METRIC", help="Seeds as the unit: interquartile means, paired differences, curves.")
@runs_option
@speaks
def compare_command(
    out: Output, *, references: tuple[str, ...], axis: str, metrics: tuple[str, ...], study: str | None, runs: Path
) -> None:
    """Compare RUNs: differences of configuration, and each metric at the same budget.

    Runs that differ by their seed only form one group, shown as median and interval. A sweep stands for its runs.
    With --study, one metric is judged seed by seed: bootstrap intervals, differences of seeds in common to the first
    group, profiles, and curves over --x.
    """
    if study:
        show_study(out, find_runs(runs, references), study, axis)
        return
    found = compare(find_runs(runs, references), axis)
    rows = [row for row in found.rows if not metrics or row.metric in metrics]
    missing = [name for name in metrics if name not in {row.metric for row in rows}]
    if missing:
        known = sorted({row.metric for row in found.rows})
        raise click.UsageError(f"no metric {missing[0]!r} in all runs of a group; there are: {', '.join(known)}")
    document: dict[str, Any] = {
        "axis": found.axis, "budget": found.budget,
        "groups": [group_document(group) for group in found.groups],
        "differences": {key: list(values) for key, values in found.differences.items()},
        "metrics": [asdict(row) for row in rows],
    }  # fmt: skip
    text = [table(["group", "runs", "seeds"], [[g.name, len(g.runs), _seeds(g)] for g in found.groups])]
    if found.differences:
        headers = ["key", *(group.name for group in found.groups)]
        lines = [[key, *("-" if v is None else v for v in values)] for key, values in found.differences.items()]
        text.append(table(headers, lines))
    at = f"at {number(found.budget)} {found.axis}"
    lines = [
        [row.metric, row.group, _interval(row.at_budget), _interval(row.last),
         f"{_interval(row.best)} ({'lowest' if lower_is_better(row.metric) else 'highest'})"]
        for row in sorted(rows, key=lambda row: row.metric)
    ]  # fmt: skip
    text.append(table(["metric", "group", at, "last", "best"], lines))
    out.result("shoestring.comparison/1", document, "\n\n".join(text))
    for note in notes(found):
        out.narrate(note)


def show_study(out: Output, runs: Sequence[RunFolder], metric: str, axis: str) -> None:
    """One metric, seeds as the unit."""
    found = document(make_study(runs, metric, axis))
    levels = [[name, one["seeds"], _estimate(one)] for name, one in found["levels"].items()]
    text = [table(["group", "seeds", f"{metric}: interquartile mean"], levels)]
    if found["differences"]:
        lines = [
            [
                f"{one['ours']} - {one['theirs']}",
                one["seeds"],
                _estimate(one),
                f"{one['probability']:.0%}",
                number(one["p"]),
            ]
            for one in found["differences"]
        ]
        text.append(table(["difference", "common seeds", "interquartile mean", "wins", "p"], lines))
    out.result("shoestring.study/1", {k: v for k, v in found.items() if k != "schema"}, "\n\n".join(text))
    for warning in found["warnings"]:
        out.narrate(warning)


def _estimate(one: Mapping[str, Any]) -> str:
    return number(one["value"]) + ("" if one["low"] is None else f" [{number(one['low'])}, {number(one['high'])}]")


def group_document(group: Group) -> dict[str, Any]:
    """A group for JSON."""
    return {"name": group.name, "runs": [run.id for run in group.runs], "seeds": list(group.seeds)}


def notes(found: Comparison) -> list[str]:
    """What the numbers cannot say by themselves."""
    sizes = sorted({len(group.runs) for group in found.groups})
    if sizes[0] == 1:
        return ["a group of one seed has no interval: a difference may be luck; train with --seeds"]
    coverage = min(row.last.coverage for row in found.rows) if found.rows else 0.0
    return [f"median over seeds; each interval covers the true median with a probability of at least {coverage:.0%}"]


def _interval(found: MedianInterval | None) -> str:
    if found is None:
        return "-"
    return number(found.value) + (f" [{number(found.low)}, {number(found.high)}]" if found.n > 1 else "")


def _seeds(group: Group) -> str:
    return " ".join(map(str, group.seeds[:10])) + (" ..." if len(group.seeds) > 10 else "")
