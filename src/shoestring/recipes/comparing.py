"""Runs side by side: what differs in their configuration, and what came out at the same budget."""

import json
import math
import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.core.folder import RunFolder, Series
from shoestring.core.ledger import BUDGET_KINDS
from shoestring.recipes.intervals import MedianInterval, median_interval

AXES = ("step", *BUDGET_KINDS, "seconds")
LOWER_IS_BETTER = re.compile(r"(^|_)(loss|eer|error|fnmr|fmr|cllr|mse|mae|regret|perplexity|bytes|seconds)(_|$)")


@dataclass(frozen=True)
class Group:
    """Runs with the same configuration and budgets: what differs is the seed."""

    name: str
    runs: tuple[RunFolder, ...]
    seeds: tuple[int, ...]
    config: Mapping[str, Any]
    """Dotted keys."""


@dataclass(frozen=True)
class Row:
    """One metric of one group."""

    group: str
    metric: str
    last: MedianInterval
    best: MedianInterval
    at_budget: MedianInterval | None
    """Where the run that ended first stopped on the axis; None when some run has no value there."""


@dataclass(frozen=True)
class Comparison:
    """What ``shoestring compare`` shows."""

    groups: tuple[Group, ...]
    differences: Mapping[str, tuple[Any, ...]]
    """Keys whose values are not the same in all groups, with the value in each."""
    axis: str
    budget: float
    """The largest position on the axis that all runs reached."""
    rows: tuple[Row, ...]


def compare(runs: Sequence[RunFolder], axis: str = "step") -> Comparison:
    """Compare ``runs`` at the largest budget that all of them reached on ``axis``.

    Raises:
        ConfigError: a run never recorded ``axis``; names the axes that all of them have.
        BadDataError: a run folder is damaged.
    """
    if axis not in AXES:
        raise ConfigError(f"axis {axis!r}: choose one of {', '.join(AXES)}")
    groups = group(runs)
    positions = {run.path: axis_of(run, axis) for run in runs}
    missing = [run.id for run in runs if not positions[run.path]]
    if missing:
        common = [name for name in AXES if all(axis_of(run, name) for run in runs)]
        raise ConfigError(f"{missing[0]} never recorded {axis}; axes that all have: {', '.join(common) or 'none'}")
    budget = min(points[-1][1] for points in positions.values())
    metrics = {run.path: run.metrics() for run in runs}
    rows = []
    for one in groups:
        names = [name for name in metrics[one.runs[0].path] if all(name in metrics[run.path] for run in one.runs)]
        for name in names:
            series = [_finite(metrics[run.path][name]) for run in one.runs]
            if not all(series):
                continue
            pick = min if lower_is_better(name) else max
            reached = [value_at(s, positions[run.path], budget) for s, run in zip(series, one.runs, strict=True)]
            known = [value for value in reached if value is not None]
            rows.append(Row(
                one.name, name,
                last=median_interval([points[-1][1] for points in series]),
                best=median_interval([pick(value for _, value in points) for points in series]),
                at_budget=median_interval(known) if len(known) == len(reached) else None,
            ))  # fmt: skip
        rows += _final_results(one, {row.metric for row in rows if row.group == one.name})
    return Comparison(groups, differences(groups), axis, budget, tuple(rows))


def group(runs: Sequence[RunFolder]) -> tuple[Group, ...]:
    """Runs with equal configuration and budgets together, in the order given. Raises BadDataError."""
    found: dict[str, list[RunFolder]] = {}
    tables: dict[str, dict[str, Any]] = {}
    for run in runs:
        table = configuration(run)
        key = json.dumps(table, sort_keys=True, default=str)
        found.setdefault(key, []).append(run)
        tables[key] = table
    names: dict[str, int] = {}
    groups = []
    for key, members in found.items():
        infos = [run.info() for run in members]
        name = re.sub(r"-seed\d+$", "", str(infos[0].get("name", members[0].id)))
        names[name] = names.get(name, 0) + 1
        unique = name if names[name] == 1 else f"{name}-{names[name]}"
        seeds = tuple(int(info.get("seed", 0)) for info in infos)
        groups.append(Group(unique, tuple(members), seeds, tables[key]))
    return tuple(groups)


def configuration(run: RunFolder) -> dict[str, Any]:
    """``run.toml`` and the budgets of a run with dotted keys. Raises BadDataError."""
    try:
        table = tomllib.loads(run.config_text())
    except tomllib.TOMLDecodeError as error:
        raise BadDataError(f"{run.path / 'run.toml'}: damaged: {error}") from error
    return flatten(table) | flatten(run.info().get("budgets") or {}, "budget.")


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"loss": {"margin": 1}}`` as ``{"loss.margin": 1}``."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
    return flat


def differences(groups: Sequence[Group]) -> dict[str, tuple[Any, ...]]:
    """The keys that are not the same in all groups, with the value in each; None where a group lacks the key."""
    keys = dict.fromkeys(key for one in groups for key in one.config)
    values = {key: tuple(one.config.get(key) for one in groups) for key in keys}
    return {key: found for key, found in values.items() if any(value != found[0] for value in found)}


def axis_of(run: RunFolder, axis: str) -> Series:
    """``(step, position)`` of a run on ``axis``, rising; empty when it never recorded it."""
    match axis:
        case "seconds":
            return run.seconds()
        case "step":
            return [(step, float(step)) for step, _ in run.seconds()]
    return run.spending().get(axis, [])


def value_at(series: Series, positions: Series, budget: float) -> float | None:
    """The last value of ``series`` that was logged while no more than ``budget`` was used; None if there is none.

    Both are by step. What is spent between two entries of ``positions`` counts from the later one.
    """
    steps = [step for step, _ in positions]
    found = None
    for step, value in series:
        at = bisect_right(steps, step)
        if (positions[at - 1][1] if at else 0.0) <= budget:
            found = value
    return found


def lower_is_better(metric: str) -> bool:
    """Whether a metric of this name is an error or a cost."""
    return LOWER_IS_BETTER.search(metric) is not None


def _final_results(one: Group, shown: set[str]) -> list[Row]:
    """Headline results that were measured once, at the end, and so have no curve."""
    summaries = [run.summary().get("metrics") or {} for run in one.runs]
    rows = []
    for name in summaries[0]:
        values = [headline(summary[name]) for summary in summaries if name in summary]
        if name not in shown and len(values) == len(summaries) and all(map(math.isfinite, values)):
            found = median_interval(values)
            rows.append(Row(one.name, name, found, found, None))
    return rows


def headline(metric: Mapping[str, Any] | float) -> float:
    """The value of a headline result, with or without an interval; NaN where it is missing."""
    value = metric.get("value") if isinstance(metric, Mapping) else metric
    return float("nan") if value is None else float(value)


def _finite(series: Series) -> Series:
    return [(step, value) for step, value in series if math.isfinite(value)]
