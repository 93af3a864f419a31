"""Run folders as a study: seeds are the unit, groups of equal configuration are the methods."""

from collections.abc import Sequence
from typing import Any

from shoestring.core.errors import ConfigError
from shoestring.core.folder import RunFolder
from shoestring.recipes.comparing import AXES, axis_of, group, headline
from shoestring.rl.statistics import Estimate
from shoestring.rl.study import Record, Study

PROFILE_POINTS = 11


def study(runs: Sequence[RunFolder], metric: str, axis: str = "env_steps") -> Study:
    """The study of ``metric``: what each run's summary says of it, else its last logged value; curves over ``axis``.

    Raises:
        ConfigError: a run has no such metric, there is no such axis, or two runs of a group have the same seed.
    """
    if axis not in AXES:
        raise ConfigError(f"axis {axis!r}: choose one of {', '.join(AXES)}")
    records = []
    for one in group(runs):
        for run, seed in zip(one.runs, one.seeds, strict=True):
            series, results = run.metrics().get(metric, []), run.summary().get("metrics") or {}
            if metric in results:
                value = headline(results[metric])
            elif series:
                value = series[-1][1]
            else:
                known = ", ".join(sorted({*results, *run.metrics()})) or "none"
                raise ConfigError(f"{run.id}: no metric {metric!r}; there are: {known}")
            positions = dict(axis_of(run, axis))
            curve = tuple((positions[step], found) for step, found in series if step in positions)
            records.append(Record(one.name, seed, value, curve))
    try:
        return Study(tuple(records))
    except ValueError as error:
        raise ConfigError(f"metric {metric!r}: {error}") from error


def document(found: Study) -> dict[str, Any]:
    """``shoestring.study/1``: records, levels, differences of neighbours to the first method, profiles, curves."""
    values = [record.value for record in found.records]
    low, high = min(values), max(values)
    thresholds = [low + (high - low) * k / (PROFILE_POINTS - 1) for k in range(PROFILE_POINTS)]
    profile = found.profile(thresholds)
    first, *rest = found.methods
    pairs = [other for other in rest if set(found.seeds(first)) & set(found.seeds(other))]
    with_curves = [m for m in found.methods if all(r.curve for r in found.records if r.method == m)]
    curves = {method: found.curve(method) for method in with_curves}
    return {
        "schema": "shoestring.study/1", "warnings": list(found.warnings),
        "records": [{"method": r.method, "seed": r.seed, "value": r.value} for r in found.records],
        "levels": {method: _estimate(found.level(method)) for method in found.methods},
        "differences": [
            {"ours": d.ours, "theirs": d.theirs, **_estimate(d.difference), "probability": d.probability, "p": d.p}
            for d in (found.difference(other, first) for other in pairs)
        ],
        "profile": {"thresholds": thresholds, "shares": {method: profile[method].tolist() for method in profile}},
        "curves": {
            method: {"steps": list(curve.steps), "estimates": [_estimate(one) for one in curve.estimates]}
            for method, curve in curves.items()
        },
    }  # fmt: skip


def _estimate(found: Estimate) -> dict[str, Any]:
    interval = {"low": None, "high": None} if found.single else {"low": found.low, "high": found.high}
    return {"value": found.value, **interval, "seeds": found.runs}
