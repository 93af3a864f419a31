"""What the people who are enrolled here say about a threshold: their own pairs, not those of a calibration.

Each item is compared with a template of the person's other items (same) and with the templates of all other people
(different). The number of items in a template differs from person to person, and the pairs of one person depend on one
another: intervals resample people and bounds count people, as everywhere here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.bootstrap import subject_bootstrap
from shoestring.similarity.bounds import ErrorTail, error_tail
from shoestring.similarity.metrics import Ranking
from shoestring.similarity.protocol import Comparisons
from shoestring.similarity.verifier import Verifier

Floats = NDArray[np.float64]
LEAST_PEOPLE = 2
"""With two or more items each."""
BINS = 32
STEPS = 101
"""Thresholds at which the error rates are told."""


@dataclass(frozen=True, eq=False)
class ErrorCurve:
    """One error rate at T thresholds."""

    seen: Floats
    """[T] share of the comparisons of this gallery."""
    low: Floats
    """[T] 95 % interval over resampled people; NaN with too few of them."""
    high: Floats
    upper95: Floats
    """[T] the rate of such people is at most this, with 95 % confidence, at a threshold chosen beforehand."""


@dataclass(frozen=True, eq=False)
class GalleryScores:
    """Histograms and error rates over one axis of scores."""

    edges: Floats
    """[BINS + 1]"""
    same: NDArray[np.int64]
    """[BINS]"""
    different: NDArray[np.int64]
    threshold: Floats
    """[T] ascending; an item is accepted at or above it."""
    false_accept: ErrorCurve
    false_reject: ErrorCurve


def lacking(items: Mapping[str, Sequence[Any]]) -> tuple[str, ...]:
    """What has to be enrolled before anything can be said, in plain sentences; nothing when it is enough."""
    enough = sum(len(mine) > 1 for mine in items.values())
    if enough >= LEAST_PEOPLE:
        return ()
    return (
        f"{enough} of {len(items)} people have two samples or more, {LEAST_PEOPLE} are needed: a sample is compared "
        "with the person's others and with other people's",
    )


def compare_gallery(verifier: Verifier, items: Mapping[str, Sequence[Any]]) -> Comparisons:
    """All comparisons of ``items`` by person, with each person's threshold shift taken off the scores.

    People with a single item are only impostors. Raises BadDataError for what :func:`lacking` names.
    """
    if reasons := lacking(items):
        raise BadDataError(reasons[0])
    shift = verifier.calibration.per_user.shift
    score: list[Floats] = []
    subject: list[str] = []
    probe: list[str] = []
    for name, mine in items.items():
        if len(mine) < 2:
            continue
        for left_out, item in enumerate(mine):
            template = verifier.enrol([*mine[:left_out], *mine[left_out + 1 :]])
            score.append(verifier.matcher.score(template, [item]) - shift(template.level))
        template = verifier.enrol(list(mine))
        others = [(other, item) for other, theirs in items.items() if other != name for item in theirs]
        score.append(verifier.matcher.score(template, [item for _, item in others]) - shift(template.level))
        subject += [name] * (len(mine) + len(others))
        probe += [name] * len(mine) + [other for other, _ in others]
    genuine = np.array(subject) == np.array(probe)
    return Comparisons(
        score=np.concatenate(score), genuine=genuine, subject=np.array(subject), probe=np.array(probe),
        kind=np.where(genuine, "genuine", "random"), level=np.full(len(subject), np.nan),
        references=max(1, min(len(mine) for mine in items.values() if len(mine) > 1) - 1),
        matcher=verifier.fingerprint, source="this gallery", created="", notes=(),
    )  # fmt: skip


def gallery_scores(comparisons: Comparisons, marks: Sequence[float] = (), resamples: int = 300) -> GalleryScores:
    """Histograms and error curves; ``marks`` are thresholds that the axis has to reach, where they are finite."""
    shown = np.concatenate([comparisons.score, [mark for mark in marks if np.isfinite(mark)]])
    low, high = float(shown.min()), float(shown.max())
    margin = 0.02 * (high - low) or 0.5
    edges = np.linspace(low - margin, high + margin, BINS + 1)
    threshold = np.linspace(low - margin, high + margin, STEPS)
    genuine = comparisons.genuine
    same, different = (np.histogram(comparisons.score[side], edges)[0] for side in (genuine, ~genuine))

    def accepted(ranking: Ranking) -> Floats:
        return _at(ranking.det.threshold, ranking.det.fmr, threshold)

    def rejected(ranking: Ranking) -> Floats:
        return _at(ranking.det.threshold, ranking.det.fnmr, threshold)

    found = subject_bootstrap(comparisons, {"accept": accepted, "reject": rejected}, resamples=resamples)
    impostor, own = comparisons.rows(~genuine), comparisons.rows(genuine)
    accepts = error_tail(impostor.score, impostor.subject, impostor.probe)
    rejects = error_tail(-own.score, own.subject)
    return GalleryScores(
        edges, same, different, threshold,
        _curve(found["accept"], _bounds(accepts, threshold, strict=False)),
        _curve(found["reject"], _bounds(rejects, -threshold, strict=True)),
    )  # fmt: skip


def _at(places: Floats, rate: Floats, threshold: Floats) -> Floats:
    """The rate of the first operating point at or above each threshold: between two scores nothing changes."""
    return rate[np.minimum(np.searchsorted(places, threshold, side="left"), len(rate) - 1)]


def _bounds(tail: ErrorTail, limit: Floats, *, strict: bool) -> Floats:
    """Upper bounds where scores at or above ``limit`` are errors, above it where ``strict``."""
    ascending = tail.score[::-1]
    errors = len(ascending) - np.searchsorted(ascending, limit, side="right" if strict else "left")
    return tail.upper(errors)


def _curve(interval: Any, upper: Floats) -> ErrorCurve:
    return ErrorCurve(interval.value, interval.low, interval.high, upper)
