"""The model card: README.md with front matter, every line of it from the run folder."""

import json
from collections.abc import Mapping
from typing import Any

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.core.folder import RunFolder
from shoestring.recipes.comparing import headline, lower_is_better


def card(run: RunFolder) -> str:
    """The card of a finished run.

    Raises:
        NotFoundError: the run has no result yet.
        BadDataError: an input has no licence recorded: a card must not pass that over in silence.
    """
    info, summary = run.info(), run.summary()
    metrics: Mapping[str, Any] = summary.get("metrics") or {}
    if info.get("kind") == "sweep" or not metrics:
        raise NotFoundError(f"{run.id} ({info.get('status')}) has no result of its own to write a card about")
    data = run.read_json("data.json") if (run.path / "data.json").is_file() else {}
    unlicensed = [name for name, entry in data.items() if not str(entry.get("licence") or "").strip()]
    if not data or unlicensed:
        what = f"the input {unlicensed[0]!r} has no licence" if unlicensed else "no input was recorded"
        raise BadDataError(f"{run.path / 'data.json'}: {what}; a recipe records it with run.data(..., licence=...)")
    head = run.read_json("model/shoestring.json") if (run.path / "model" / "shoestring.json").is_file() else {}
    title = str(head.get("title") or "") or run.id
    parts = [
        _front_matter(info, metrics, data, head),
        f"# {title}",
        f"Made by `shoestring` with the recipe `{info.get('recipe')}` (preset `{info.get('preset')}`), seed "
        f"{info.get('seed')}, run `{run.id}`, status {info.get('status')}.",
        _results(metrics),
        _promises(run),
        _inputs(data),
        _cost(run, summary),
        f"## Limits\n\nThe figures hold for {_alike(head)} like those of the data above, and for nothing "
        "else: measure on your own data with `shoestring evaluate RUN --data PATH` before you rely on a decision. "
        "One seed says nothing about the luck of training; see `shoestring train --seeds`.",
        f"## Configuration\n\n```toml\n{run.config_text().rstrip()}\n```",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _alike(head: Mapping[str, Any]) -> str:
    return "texts" if head.get("modality") == "text" else "people, devices and a capture"


def _front_matter(
    info: Mapping[str, Any], metrics: Mapping[str, Any], data: Mapping[str, Any], head: Mapping[str, Any]
) -> str:
    # JSON is YAML, and quotes every string, so that nothing in a name can become a key.
    tags = ["shoestring", str(info.get("recipe")), *([str(head["modality"])] if "modality" in head else [])]
    values = {
        "library_name": "shoestring",
        "license": "other",
        "license_name": "; ".join(sorted({str(entry["licence"]) for entry in data.values()})),
        "tags": tags,
        "datasets": sorted(data),
        "metrics": list(metrics),
    }
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join(["---", *lines, "---"])


def _results(metrics: Mapping[str, Any]) -> str:
    rows = ["## Results\n", "| Metric | Value | 95 % interval | Better |", "|---|---|---|---|"]
    for name, metric in metrics.items():
        low = metric.get("low") if isinstance(metric, Mapping) else None
        bounds = "-" if low is None else f"{low:.4g} to {metric['high']:.4g}"
        direction = "lower" if lower_is_better(name) else "higher"
        rows.append(f"| {name} | {headline(metric):.4g} | {bounds} | {direction if low is not None else '-'} |")
    return "\n".join(rows)


def _promises(run: RunFolder) -> str:
    path = run.path / "model" / "calibration.json"
    if not path.is_file():
        return ""
    found = run.read_json("model/calibration.json").get("certificate") or {}
    accept, reject, enrolled = (_text(found.get(key)) for key in ("accept_at_or_above", "reject_below", "references"))
    thresholds = f"Accepted at or above {accept}, rejected below {reject}, undecided between ({enrolled} enrolled)."
    rows = ["| Error | Seen | 95 % upper bound | Pairs | People |", "|---|---|---|---|---|"]
    bounds = [*(found.get("false_accept") or []), *([found["false_reject"]] if found.get("false_reject") else [])]
    for bound in bounds:
        error = "genuine rejected" if bound.get("kind") == "genuine" else f"{bound.get('kind')} accepted"
        cells = [error, *(_text(bound.get(key)) for key in ("seen", "upper95", "pairs", "people"))]
        rows.append(f"| {' | '.join(cells)} |")
    missing = "".join(f"\n\nNot supported by the evidence: {sentence}." for sentence in found.get("missing") or [])
    return "\n".join(["## Thresholds and what they promise\n", thresholds, "", *rows]) + missing


def _inputs(data: Mapping[str, Any]) -> str:
    rows = ["## Data\n", "| Input | Rows | Licence | SHA-256 |", "|---|---|---|---|"]
    for name, entry in data.items():
        rows.append(f"| {name} | {entry.get('rows')} | {entry['licence']} | `{str(entry.get('sha256'))[:16]}` |")
    return "\n".join(rows)


def _cost(run: RunFolder, summary: Mapping[str, Any]) -> str:
    environment = run.read_json("env.json") if (run.path / "env.json").is_file() else {}
    spent = ", ".join(f"{kind} {n:,}" for kind, n in run.spent().items()) or "nothing of any budget"
    device = (environment.get("device") or {}).get("name", "an unrecorded device")
    versions = ", ".join(f"{name} {number}" for name, number in (environment.get("packages") or {}).items() if number)
    return (
        f"## Cost\n\nSpent: {spent}. {summary.get('step')} steps in {summary.get('seconds')} seconds on {device}. "
        f"Python {environment.get('python', 'unrecorded')}, {versions}."
    )


def _text(value: Any) -> str:
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
