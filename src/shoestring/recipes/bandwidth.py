"""Reading what ``shoestring bandwidth measure`` found, beside the accuracy of runs that compressed. Without torch."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.core.folder import RunFolder, Series, list_runs
from shoestring.recipes.comparing import configuration

SCHEMA = "shoestring.bandwidth/1"
FILE = "bandwidth.json"
MAX_BYTES = 4 << 20
NEEDED = ("run", "workers", "tunnel", "speeds_mbit", "methods")


def measurement(run: RunFolder) -> dict[str, Any]:
    """The document in a run folder.

    Raises:
        NotFoundError: nothing was measured yet; says how.
        BadDataError: the file is damaged or too large.
    """
    path = run.path / FILE
    if not path.is_file():
        raise NotFoundError(f"{run.id}: not measured yet; run shoestring bandwidth measure {run.id}")
    if path.stat().st_size > MAX_BYTES:
        raise BadDataError(f"{path}: larger than {MAX_BYTES} bytes, which no measurement is")
    document = run.read_json(FILE)
    if document.get("schema") != SCHEMA or any(key not in document for key in NEEDED):
        raise BadDataError(f"{path}: not a document of {SCHEMA}; measure again")
    return document


def measured_runs(runs: Sequence[RunFolder]) -> list[RunFolder]:
    """Those of ``runs`` that were measured."""
    return [run for run in runs if (run.path / FILE).is_file()]


def qualities(run: RunFolder, document: Mapping[str, Any], metric: str) -> list[dict[str, Any]]:
    """``metric`` of finished runs that differ from ``run`` in nothing but compression, at equal steps and equal time.

    Equal time is the time in which the fastest method makes all its steps, on each link that was predicted; a slower
    method has made fewer steps by then, and its value is the last one logged until there. None: not logged so early.
    """
    rows = []
    names = {_key(_settings(method["settings"])): method for method in document["methods"]}
    for other in _siblings(run):
        method = names.get(_key(_compress(other)))
        curve = other.metrics([metric]).get(metric)
        if method is not None and curve:
            rows.append({"run": other.id, "method": method["name"], "steps": curve[-1][0], "value": curve[-1][1],
                         "predicted_ms": method["predicted_ms"], "curve": curve})  # fmt: skip
    for column, mbit in enumerate(document["speeds_mbit"]):
        for seconds in [min((row["steps"] * row["predicted_ms"][column] for row in rows), default=0.0)]:
            for row in rows:
                value = value_at(row["curve"], seconds / row["predicted_ms"][column])
                row.setdefault("at_equal_time", {})[f"{mbit:g}"] = value
    return [{key: value for key, value in row.items() if key not in ("predicted_ms", "curve")} for row in rows]


def value_at(curve: Series, steps: float) -> float | None:
    """The last value logged at or before ``steps``."""
    # A product of two rounded numbers may miss a whole step by its last bit.
    reached = [value for step, value in curve if step <= steps * (1 + 1e-9)]
    return reached[-1] if reached else None


def _siblings(run: RunFolder) -> Iterator[RunFolder]:
    mine = _rest(run)
    for other in list_runs(run.path.parent):
        try:
            if other.info().get("status") in ("done", "budget") and _rest(other) == mine:
                yield other
        except BadDataError:
            continue


def _rest(run: RunFolder) -> dict[str, Any]:
    found = configuration(run)
    return {key: value for key, value in found.items() if not key.startswith("compress.") and key != "compress"}


def _compress(run: RunFolder) -> dict[str, Any]:
    found = configuration(run)
    return {key: value for key, value in found.items() if key.startswith("compress.")}


def _settings(overrides: Sequence[str]) -> dict[str, Any]:
    return dict(override.split("=", 1) for override in overrides)


def _key(settings: Mapping[str, Any]) -> tuple[str, str]:
    rank = settings.get("compress.rank", "") if settings.get("compress.kind") == "powersgd" else ""
    return str(settings.get("compress.kind")), str(rank)
