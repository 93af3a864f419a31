"""Runs as one HTML file that needs nothing else: no network, no script, light and dark."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from shoestring.core.folder import RunFolder, Series
from shoestring.recipes.comparing import axis_of, configuration, differences, group
from shoestring.recipes.svg import Line, line_chart

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8888; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top;
border-bottom: 1px solid var(--line); } td.n { font-variant-numeric: tabular-nums; }
.curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1.5rem; }
svg { width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
svg .grid { stroke: var(--line); } pre { overflow-x: auto; border: 1px solid var(--line); padding: .8rem; }
.scroll { overflow-x: auto; } figure { margin: 0; } figcaption { font-weight: 600; }
"""


def report(runs: Sequence[RunFolder], axis: str = "step") -> str:
    """A page with results, curves over ``axis``, spending, configuration and environment of ``runs``.

    Raises:
        BadDataError: a run folder is damaged.
    """
    title = runs[0].id if len(runs) == 1 else f"{len(runs)} runs"
    sections = [
        _results(runs),
        section("Curves", _curves(runs, axis)),
        section("Spending", _spending(runs)),
        section("Configuration", _configurations(runs)),
        section("Data", _data(runs)),
        section("Environment", _environment(runs)),
    ]
    return page(title, sections)


def page(title: str, sections: Sequence[str]) -> str:
    """A whole HTML page that loads nothing and runs nothing."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body><h1>{escape(title)}</h1>\n{''.join(sections)}</body></html>\n"
    )


def _results(runs: Sequence[RunFolder]) -> str:
    rows = []
    for run in runs:
        info, summary = run.info(), run.summary()
        metrics = summary.get("metrics") or {}
        found = [f"{name} {_interval(value)}" for name, value in metrics.items()]
        rows.append([
            run.id, info.get("status"), info.get("recipe"), info.get("preset"), info.get("seed"), summary.get("step"),
            summary.get("seconds"), ", ".join(found) or "none yet",
        ])  # fmt: skip
    headers = ["Run", "Status", "Recipe", "Preset", "Seed", "Step", "Seconds", "Result (95 % interval)"]
    single = [one.name for one in group(runs) if len(set(one.seeds)) == 1]
    names = escape(", ".join(single))
    note = f"<p>One seed only: {names}. A difference to another run may be luck.</p>" if single else ""
    return table(headers, rows) + note


def _curves(runs: Sequence[RunFolder], axis: str) -> str:
    lines: dict[str, list[Line]] = {}
    for run in runs:
        positions = axis_of(run, axis)
        for name, series in run.metrics().items():
            points = series if axis == "step" else _over(series, positions)
            lines.setdefault(name, []).append(Line(_label(run, runs), points))
    charts = [
        f"<figure><figcaption>{escape(name)}</figcaption>{line_chart(found, x_label=axis, y_label=name)}</figure>"
        for name, found in lines.items()
    ]
    return f'<div class="curves">{"".join(charts)}</div>' if charts else "<p>Nothing was logged.</p>"


def _over(series: Series, positions: Series) -> list[tuple[float, float]]:
    """``series`` with the steps replaced by what was spent, or the time, at the latest entry up to each step."""
    points, at = [], 0
    for step, value in series:
        while at < len(positions) and positions[at][0] <= step:
            at += 1
        points.append((positions[at - 1][1] if at else 0.0, value))
    return points


def _spending(runs: Sequence[RunFolder]) -> str:
    rows = []
    for run in runs:
        budgets: Mapping[str, int] = run.info().get("budgets") or {}
        spent = run.spent()
        rows += [[run.id, kind, spent.get(kind, 0), budgets.get(kind, "no limit")] for kind in {**spent, **budgets}]
    return table(["Run", "Kind", "Spent", "Budget"], rows) if rows else "<p>Nothing was spent.</p>"


def _configurations(runs: Sequence[RunFolder]) -> str:
    groups = group(runs)
    parts = []
    if len(groups) > 1:
        rows = [[key, *values] for key, values in differences(groups).items()]
        parts.append("<h3>Differences</h3>" + table(["Key", *(one.name for one in groups)], rows))
    for one in groups:
        seeds = ", ".join(map(str, one.seeds))
        text = escape(one.runs[0].config_text())
        parts.append(f"<h3>{escape(one.name)} (seeds {seeds})</h3><pre>{text}</pre>")
    return "".join(parts)


def _data(runs: Sequence[RunFolder]) -> str:
    rows: dict[str, list[Any]] = {}
    for run in runs:
        if (run.path / "data.json").is_file():
            for name, entry in run.read_json("data.json").items():
                row = [name, *(entry.get(key) for key in ("path", "rows", "sha256", "licence"))]
                rows.setdefault(json.dumps(row), row)
    return table(["Name", "Path", "Rows", "SHA-256", "Licence"], list(rows.values())) if rows else "<p>None.</p>"


def _environment(runs: Sequence[RunFolder]) -> str:
    texts: dict[str, list[str]] = {}
    for run in runs:
        if (run.path / "env.json").is_file():
            texts.setdefault(json.dumps(run.read_json("env.json"), indent=2), []).append(run.id)
    parts = [f"<p>{escape(', '.join(ids))}</p><pre>{escape(text)}</pre>" for text, ids in texts.items()]
    return "".join(parts) or "<p>Not recorded.</p>"


def _label(run: RunFolder, runs: Sequence[RunFolder]) -> str:
    key = {"seed": run.info().get("seed")}
    mine = configuration(run)
    others = [configuration(other) for other in runs]
    key |= {name: value for name, value in mine.items() if any(other.get(name) != value for other in others)}
    return " ".join(f"{name}={value}" for name, value in key.items())


def _interval(metric: Any) -> str:
    if not isinstance(metric, Mapping):
        return _cell(metric)
    bounds = f" [{_cell(metric.get('low'))}, {_cell(metric.get('high'))}]" if metric.get("low") is not None else ""
    return _cell(metric.get("value")) + bounds


def section(title: str, body: str) -> str:
    """A part of a page; ``body`` is HTML."""
    return f"<section><h2>{escape(title)}</h2>{body}</section>\n"


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table; every text is escaped."""
    head = "".join(f"<th>{escape(header)}</th>" for header in headers)
    body = "".join(
        "<tr>" + "".join(f'<td class="n">{escape(_cell(cell))}</td>' for cell in row) + "</tr>" for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool() | str():
            return str(value)
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.4g}"
    return str(value)
