"""A verification experiment in numbers: every metric with its interval over people, and what the evidence cannot show.

``evaluate`` runs on any people, also on one or two, or without forgeries: what cannot be measured is ``null`` with the
reason beside it, never a number that looks like a measurement.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring import __version__
from shoestring.similarity.bootstrap import Interval, Statistic, subject_bootstrap
from shoestring.similarity.bounds import people_needed, subject_upper_bound
from shoestring.similarity.label_noise import doubtful_samples
from shoestring.similarity.llr import Affine
from shoestring.similarity.metrics import (
    Ranking,
    auc,
    cllr,
    d_prime,
    eer,
    fnmr_at_fmr,
    genuine_accepted_at,
    min_cllr,
    rank,
    zero_fmr,
)
from shoestring.similarity.protocol import Comparisons, Kind, Samples, compare
from shoestring.similarity.templates import Matcher
from shoestring.similarity.verifier import Verifier

Curve = dict[str, list[float | None]]
SCHEMA = "shoestring.evaluation/1"
FMR_TARGETS = (1e-1, 1e-2, 1e-3, 1e-4)
MOST_RANDOM = 1_000_000
"""Random comparisons beyond which each person meets a random choice of strangers."""
PEOPLE_FOR_INTERVAL = 3
FEW_PEOPLE = 10
DET_GRID = np.geomspace(1e-4, 0.9, 60)
"""FMR values at which the DET curve and its band are read."""


@dataclass(frozen=True, eq=False)
class Protocol:
    """One way of enrolling (``comparisons.references`` items) and everything measured with it."""

    comparisons: Comparisons
    metrics: dict[str, dict[str, Any]]
    """Name -> ``value``, ``low``, ``high`` (None where not measurable), ``threshold`` and ``note`` where useful."""
    curves: dict[str, Curve]
    """Kind of impostor -> ``fmr``, ``fnmr``, ``low``, ``high``."""
    people: list[dict[str, Any]]
    """One row for each person: counts, and error rates at the pooled EER thresholds."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        rows = self.comparisons
        counts = {kind: rows.count(kind) for kind in ("genuine", "random", "skilled")}
        return {
            "references": rows.references, "people": rows.subjects, "pairs": counts, "metrics": self.metrics,
            "curves": self.curves, "per_person": self.people, "notes": list(rows.notes),
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What ``evaluate`` found; ``protocols[0]`` is the one asked for, the other, if any, is 1-vs-1."""

    protocols: tuple[Protocol, ...]
    decisions: dict[str, dict[str, Any]] | None
    """Kind -> shares accepted, undecided, rejected by a verifier's thresholds, with what was promised."""
    certificate: dict[str, Any] | None
    about: dict[str, Any]
    """Model, data, library, date, seed and resamples."""
    doubtful: list[dict[str, Any]] | None = None
    """Items that look like somebody else's, for a person to look at; see
    :func:`~shoestring.similarity.label_noise.doubtful_samples`."""

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """Of the protocol asked for, and the EERs of 1-vs-1 with the ending ``_1vs1``."""
        single = {
            f"{name}_1vs1": value
            for protocol in self.protocols[1:]
            for name, value in protocol.metrics.items()
            if name.startswith("eer_")
        }
        return self.protocols[0].metrics | single

    def as_dict(self) -> dict[str, Any]:
        """The JSON document ``shoestring.evaluation/1``."""
        return {
            "schema": SCHEMA, "metrics": self.metrics, **self.about, "decisions": self.decisions,
            "certificate": self.certificate, "doubtful": self.doubtful,
            "protocols": [protocol.as_dict() for protocol in self.protocols],
        }  # fmt: skip


def evaluate(
    model: Verifier | Matcher,
    samples: Samples,
    *,
    references: int | None = None,
    resamples: int = 1000,
    random_per_subject: int | None = None,
    seed: int = 0,
) -> Evaluation:
    """Compare everybody with everybody and measure.

    ``references`` items enrol (default: what a verifier was calibrated with, else 5), and 1-vs-1 is measured beside it.
    A verifier's per-user thresholds, likelihood ratios and decisions are measured too; for a bare matcher, null.
    People with too few genuine items are left out and named in the notes; raises
    :class:`~shoestring.core.errors.BadDataError` when nobody is left.
    """
    verifier = model if isinstance(model, Verifier) else None
    matcher = model.matcher if isinstance(model, Verifier) else model
    asked = references or (verifier.references if verifier else 5)
    calibration = verifier.calibration if verifier else None
    levels = bool(calibration and calibration.per_user.weight) and asked > 1
    protocols = []
    for count in dict.fromkeys((asked, 1)):
        limit = random_per_subject or max(MOST_RANDOM // len(np.unique(samples.identity)), 1)
        rows = compare(
            matcher, samples, references=count, random_per_subject=limit, levels=levels and count == asked, seed=seed
        )
        if calibration and count == asked:
            rows = replace(rows, score=rows.score - calibration.per_user.shift(rows.level))
        measured_alike = verifier is not None and count == asked == verifier.references
        llr = verifier.calibration.llr if verifier and measured_alike else None
        protocols.append(_measure(rows, llr, resamples, seed))
    about = {
        "model": matcher.fingerprint, "matcher": matcher.kind, "title": verifier.title if verifier else "",
        "data": protocols[0].comparisons.source, "references": asked, "resamples": resamples, "seed": seed,
        "confidence": 0.95, "library": __version__, "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "notes": list(protocols[0].comparisons.notes),
    }  # fmt: skip
    decisions = _decisions(verifier, protocols[0].comparisons) if verifier else None
    certificate = verifier.certificate if verifier else None
    return Evaluation(tuple(protocols), decisions, certificate, about, doubtful_samples(matcher, samples))


def _measure(rows: Comparisons, llr: Affine | None, resamples: int, seed: int) -> Protocol:
    metrics: dict[str, dict[str, Any]] = {}
    curves: dict[str, Curve] = {}
    thresholds: dict[Kind, float] = {}
    kinds: tuple[Kind, ...] = ("skilled", "random")
    for kind in kinds:
        if rows.count(kind):
            chosen = rows.against(kind)
            statistics = _statistics(llr) | {"det": _fnmr_curve}
            intervals = subject_bootstrap(chosen, statistics, resamples=resamples, seed=seed)
            det = intervals.pop("det")
            curves[kind] = {
                "fmr": DET_GRID.tolist(),
                **{
                    side: _numbers(values)
                    for side, values in (("fnmr", det.value), ("low", det.low), ("high", det.high))
                },
            }
            ranking = rank(chosen.score, chosen.genuine)
            thresholds[kind] = eer(ranking).threshold
            found = {name: _entry(interval, name, chosen.subjects) for name, interval in intervals.items()}
            _add_points(found, ranking, rows.count(kind), chosen.subjects)
        else:
            reason = (
                "no skilled forgeries in the data" if kind == "skilled" else "one person only: nobody is a stranger"
            )
            found = {name: _nothing(reason) for name in _statistics(llr)}
        if llr is None:
            found["cllr"] = _nothing("needs a verifier calibrated with as many references")
        metrics |= {f"{name}_{kind}": entry for name, entry in found.items()}
    leading = "skilled" if rows.count("skilled") else "random"
    metrics |= {name: metrics[f"{name}_{leading}"] for name in ("cllr", "min_cllr")}
    return Protocol(rows, metrics, curves, _per_person(rows, thresholds))


def _statistics(llr: Affine | None) -> dict[str, Statistic]:
    statistics: dict[str, Statistic] = {"eer": lambda ranking: eer(ranking).value}
    for target in FMR_TARGETS:
        statistics[f"fnmr_at_fmr_{target:g}"] = partial(_fnmr_value, target=target)
    statistics |= {
        "zero_fmr_fnmr": lambda ranking: zero_fmr(ranking).value,
        "genuine_accepted_at_0.8": lambda ranking: genuine_accepted_at(ranking, 0.8).value,
        "auc": auc,
        "d_prime": d_prime,
        "min_cllr": min_cllr,
    }
    if llr is not None:
        statistics["cllr"] = lambda ranking: cllr(replace(ranking, score=llr(ranking.score)))
    return statistics


def _fnmr_value(ranking: Ranking, target: float) -> float:
    return fnmr_at_fmr(ranking, target).value


def _fnmr_curve(ranking: Ranking) -> NDArray[np.float64]:
    det = ranking.det
    places = len(det.fmr) - np.searchsorted(det.fmr[::-1], DET_GRID + 1e-12, side="right")
    if math.isnan(det.fmr[0] + det.fnmr[0]):
        return np.full(len(DET_GRID), np.nan)
    return det.fnmr[places]


def _nothing(reason: str) -> dict[str, Any]:
    return {"value": None, "low": None, "high": None, "note": reason}


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def _numbers(values: Any) -> list[float | None]:
    return [_number(value) for value in values]


def _entry(interval: Interval, name: str, people: int) -> dict[str, Any]:
    """One metric; error rates of zero get the upper end that as many people support."""
    entry: dict[str, Any] = {side: _number(getattr(interval, side)) for side in ("value", "low", "high")}
    notes = []
    if people < PEOPLE_FOR_INTERVAL:
        # Two people drawn as strangers of each other are always the same two.
        entry["low"] = entry["high"] = None
        notes.append(f"fewer than {PEOPLE_FOR_INTERVAL} people: no interval over people")
    elif people < FEW_PEOPLE:
        notes.append(f"{people} people: the interval is too narrow")
    is_rate = name.startswith(("eer", "fnmr", "zero"))
    if is_rate and entry["value"] == 0 and entry["high"] is not None:
        # Resampling errors that were never seen gives [0, 0]; the rule of three, in people, is the honest end.
        entry["high"] = max(entry["high"], 1 - 0.025 ** (1 / people))
        notes.append(f"no error seen: the upper end is that of {people} people without one")
    if notes:
        entry["note"] = "; ".join(notes)
    return entry


def _add_points(found: dict[str, dict[str, Any]], ranking: Ranking, impostors: int, people: int) -> None:
    """Thresholds, and whether so few impostors and people can show so small a rate."""
    found["eer"]["threshold"] = eer(ranking).threshold
    for target in FMR_TARGETS:
        entry = found[f"fnmr_at_fmr_{target:g}"]
        entry["threshold"] = fnmr_at_fmr(ranking, target).threshold
        needed = math.ceil(3 / target - 1e-9)
        entry["supported"] = impostors >= needed
        if not entry["supported"]:
            reason = f"{impostors} impostor comparisons cannot show an FMR of {target:g}: {needed} needed"
        elif people < people_needed(target):
            reason = f"the FMR itself is only bounded by {1 - 0.05 ** (1 / people):.2%} with {people} people"
        else:
            continue
        entry["note"] = "; ".join(filter(None, [entry.get("note"), reason]))


def _per_person(rows: Comparisons, thresholds: Mapping[Kind, float]) -> list[dict[str, Any]]:
    table = []
    for person in np.unique(rows.subject):
        mine = rows.rows(rows.subject == person)
        genuine = mine.score[mine.genuine]
        row: dict[str, Any] = {"person": str(person), "genuine": len(genuine)}
        for kind, threshold in thresholds.items():
            impostor = mine.score[mine.kind == kind]
            row[kind] = len(impostor)
            row[f"rejected_at_eer_{kind}"] = _number(np.mean(genuine < threshold)) if len(genuine) else None
            row[f"accepted_at_eer_{kind}"] = _number(np.mean(impostor >= threshold)) if len(impostor) else None
        table.append(row)
    return table


def _decisions(verifier: Verifier, rows: Comparisons) -> dict[str, dict[str, Any]]:
    """What the verifier's thresholds do to these people; ``rows`` are shifted already."""
    points = verifier.calibration.points
    promised = {bound.kind: bound.upper95 for bound in points.false_accept} | {"genuine": points.false_reject.upper95}
    enough = rows.references >= verifier.references
    table = {}
    for kind in ("genuine", "skilled", "random"):
        chosen = rows.rows(rows.kind == kind)
        if not len(chosen):
            continue
        accepted = (chosen.score >= points.accept) & enough
        rejected = (chosen.score < points.reject) & enough & ~accepted
        wrong = rejected if kind == "genuine" else accepted
        table[kind] = {
            "pairs": len(chosen),
            "accepted": float(accepted.mean()),
            "undecided": float((~accepted & ~rejected).mean()),
            "rejected": float(rejected.mean()),
            "error_upper95": subject_upper_bound(wrong, chosen.subject, chosen.probe),
            "promised_upper95": promised.get(kind),
        }
    return table
