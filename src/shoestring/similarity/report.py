"""An evaluation as one HTML file: no script, no request to anywhere, light and dark."""

import math
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from shoestring.core.files import atomic_write, write_json
from shoestring.similarity.evaluation import Evaluation, Protocol
from shoestring.similarity.report_plots import det_plot, score_plot

_STYLE = """
:root { color-scheme: light dark; --ink: #1d1d1f; --line: #8886; --soft: #6b6b70; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf0; --line: #8888; --soft: #a0a0a8; --paper: #17171a; } }
body { font: 15px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 64rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.4rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .25rem 1.1rem .25rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); } td { font-variant-numeric: tabular-nums; }
.note, .soft, figcaption { color: var(--soft); } .note { font-size: .87rem; max-width: 26rem; }
.wide { overflow-x: auto; } .interval { white-space: nowrap; } code { overflow-wrap: anywhere; }
figure { margin: 1rem 0; } svg { max-width: 100%; height: auto; }
"""
_BANDS = "Normal-deviate axes; bands: people resampled. Dashed: one item enrols. No band speaks of people unlike these."
_BARE = "A bare matcher was evaluated: there is no calibration, so nothing is promised."
SHOWN = 50
"""Items of doubtful labels on the page."""
_PERCENT = ("eer", "fnmr", "zero", "genuine_accepted", "auc")
_NAMES = {
    "eer": "equal error rate",
    "zero_fmr_fnmr": "FNMR above the best impostor",
    "genuine_accepted_at_0.8": "genuine accepted, 80 % of impostors detected",
    "auc": "area under the ROC curve",
    "d_prime": "d'",
    "min_cllr": "minCllr (bits)",
    "cllr": "Cllr (bits)",
}


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Write ``path`` (HTML) and beside it the same name with ``.json``. Raises MissingExtraError without matplotlib."""
    page = html(evaluation)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, page)
    write_json(path.with_suffix(".json"), evaluation.as_dict())


def html(evaluation: Evaluation) -> str:
    """The page as text."""
    about, first = evaluation.about, evaluation.protocols[0]
    title = f"Verification: {about['title'] or about['matcher']}"
    rows = first.comparisons
    lead = (
        f"{rows.subjects} people, {rows.count('genuine')} genuine, {rows.count('skilled')} skilled and "
        f"{rows.count('random')} random comparisons; {about['references']} items enrol each person. "
        f"Intervals: 95 %, {about['resamples']} resamples of people."
    )
    thresholds = []
    if evaluation.certificate:
        named = (("accept", "accept_at_or_above"), ("reject", "reject_below"))
        thresholds = [
            (name, evaluation.certificate[key]) for name, key in named if evaluation.certificate[key] is not None
        ]
    certificate = _pairs(evaluation.certificate) if evaluation.certificate else f"<p>{_BARE}</p>"
    curves = det_plot(evaluation.protocols)
    sections = [
        _section("Error trade-off", f"<figure>{curves}<figcaption>{_BANDS}</figcaption></figure>"),
        *(_section(_heading(protocol), _metrics(protocol)) for protocol in evaluation.protocols),
        _section("Scores", f"<figure>{score_plot(first, thresholds)}</figure>"),
        _section("Decisions", _decisions(evaluation)),
        _section("Person by person", _people(first)),
        _section("Labels to look at", _doubtful(evaluation)),
        _section("Certificate", certificate),
        _section("This evaluation", _pairs(about)),
    ]  # fmt: skip
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
        f'<body><h1>{escape(title)}</h1><p class="soft">{escape(lead)}</p>{_notes(about["notes"])}\n'
        f"{''.join(sections)}</body></html>\n"
    )


def _section(title: str, body: str) -> str:
    return f"<h2>{escape(title)}</h2>\n{body}\n"


def _heading(protocol: Protocol) -> str:
    return f"Metrics, {protocol.comparisons.references}-vs-1"


def _notes(notes: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f'<ul class="note">{items}</ul>' if items else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _metrics(protocol: Protocol) -> str:
    """One row for each metric, the two kinds of impostor side by side and never mixed."""
    bases = dict.fromkeys(name.removesuffix("_skilled") for name in protocol.metrics if name.endswith("_skilled"))
    rows = []
    for base in bases:
        entries = {kind: protocol.metrics[f"{base}_{kind}"] for kind in ("skilled", "random")}
        notes = "; ".join(f"{kind}: {entry['note']}" for kind, entry in entries.items() if entry.get("note"))
        values = [_value(base, entry) for entry in entries.values()]
        rows.append([_name(base), *values, f'<span class="note">{escape(notes)}</span>'])
    return _table(["", "against skilled forgeries", "against strangers", "what the evidence cannot show"], rows)


def _name(base: str) -> str:
    return _NAMES.get(base) or base.replace("fnmr_at_fmr_", "FNMR at FMR ")


def _value(base: str, entry: dict[str, Any]) -> str:
    if entry["value"] is None:
        return "not measured"
    show = "{:.2%}".format if base.startswith(_PERCENT) else "{:.3f}".format
    mark = "" if entry.get("supported", True) else " *"
    if entry["low"] is None or entry["high"] is None:
        return show(entry["value"]) + mark
    return (
        f'{show(entry["value"])}{mark} <span class="soft interval">[{show(entry["low"])}, {show(entry["high"])}]</span>'
    )


def _decisions(evaluation: Evaluation) -> str:
    if evaluation.decisions is None:
        return "<p>Needs a calibrated verifier.</p>"
    rows = []
    for kind, row in evaluation.decisions.items():
        error = "rejected" if kind == "genuine" else "accepted"
        promised = row["promised_upper95"]
        verdict = "not promised"
        if promised is not None:
            kept = row[error] <= promised
            verdict = f"at most {promised:.2%}: {'kept' if kept else 'not kept'} on these people"
        shares = [f"{row[name]:.2%}" for name in ("accepted", "undecided", "rejected")]
        rows.append([f"{kind} ({row['pairs']:,})", *shares, f"{row['error_upper95']:.2%}", verdict])
    return _table(["comparisons", "accepted", "undecided", "rejected", "error at most (95 %)", "promised"], rows)


def _people(protocol: Protocol) -> str:
    keys = list(dict.fromkeys(key for row in protocol.people for key in row))

    def cell(key: str, value: Any) -> str:
        if value is None:
            return ""
        return f"{value:.1%}" if "_at_eer_" in key else escape(str(value))

    head = [escape(key.replace("_at_eer_", " at EER, ").replace("_", " ")) for key in keys]
    return _table(head, ([cell(key, row.get(key)) for key in keys] for row in protocol.people))


def _doubtful(evaluation: Evaluation) -> str:
    if evaluation.doubtful is None:
        return "<p>Not looked for: that needs a matcher with vectors, two people, and not too many items.</p>"
    if not evaluation.doubtful:
        return "<p>No item is more alike to somebody else than to its own person.</p>"
    lead = "More alike to somebody else than to the others of its own person: a wrong label, or a hard picture."
    head = ["person", "sample", "looks like", "cosine with its own", "with the other"]
    rows = [
        [
            escape(one["person"]),
            str(one["sample"]),
            escape(one["looks_like"]),
            f"{one['own']:.3f}",
            f"{one['rival']:.3f}",
        ]
        for one in evaluation.doubtful[:SHOWN]
    ]
    more = len(evaluation.doubtful) - len(rows)
    return f"<p>{lead}</p>{_table(head, rows)}" + (f'<p class="soft">{more} more are in the JSON.</p>' if more else "")


def _pairs(table: dict[str, Any]) -> str:
    return _table(["", ""], ([escape(key.replace("_", " ")), _plain(value)] for key, value in table.items()))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{escape(str(key)).replace('_', ' ')}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "<br>".join(_plain(item) for item in value) or "none"
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.6g}"
    return f"<code>{escape(str(value))}</code>" if isinstance(value, str) else escape(str(value))
