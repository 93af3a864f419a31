"""The comparisons that a fusion is fitted to: training people, enrolled with several choices of references."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoestring.data.pen_features_modern import ModernFeature, ink_path
from shoestring.similarity import deviations as dev
from shoestring.similarity.deviations import Equipment, Floats, Series
from shoestring.similarity.ink_store import pack, unpack
from shoestring.similarity.protocol import Samples

REFERENCES = 5
STRANGERS = 15
"""Other people's items compared with each enrolment."""


@dataclass(frozen=True, eq=False)
class Distances:
    """One entry per enrolment."""

    distance: list[Floats]
    """[probes, K] logarithmic mean distances to the references."""
    own: list[Floats]
    """[K] logarithmic spread of the references."""
    kind: list[NDArray[np.str_]]
    """[probes] genuine, skilled or random."""
    references: int


@dataclass(frozen=True, eq=False)
class Draw:
    """One enrolment of a training person: rows of the samples."""

    references: NDArray[np.int64]
    probes: NDArray[np.int64]
    kind: NDArray[np.str_]


def series_of(samples: Samples, cutoff: float, step: int) -> list[Series]:
    """The prepared series of every item, stored and read back as a template would."""
    return [Series(unpack(pack([ink_path(samples[i], cutoff)]))[0], step) for i in range(len(samples))]


def draws(samples: Samples, references: int = REFERENCES, strangers: int = STRANGERS) -> Iterator[Draw]:
    """Consecutive groups of ``references`` genuine items of each person, in order of capture, as so many enrolments.

    All other genuine items and all forgeries of the person are probes, as are the items of ``strangers`` at most, one
    each and another one for each person and group. People with too few items enrol with all but one, at least two.
    """
    people = np.unique(samples.identity[samples.genuine])
    rows = {}
    for person in people:
        mine = np.flatnonzero((samples.identity == person) & samples.genuine)
        rows[person] = mine[np.argsort(samples.sample[mine], kind="stable")]
    for number, person in enumerate(people):
        genuine = rows[person]
        size = min(references, len(genuine) - 1)
        if size < 2:
            continue
        skilled = np.flatnonzero((samples.identity == person) & ~samples.genuine)
        others = [people[(number + 1 + k) % len(people)] for k in range(min(len(people) - 1, strangers))]
        for group, start in enumerate(range(0, len(genuine) - size + 1, size)):
            enrolled = genuine[start : start + size]
            random = np.array([rows[other][(number + group) % len(rows[other])] for other in others], dtype=np.int64)
            probes = [np.setdiff1d(genuine, enrolled), skilled, random]
            kind = np.repeat(np.array(["genuine", "skilled", "random"]), [len(part) for part in probes])
            yield Draw(enrolled, np.concatenate(probes).astype(np.int64), kind)


class PairSums:
    """:func:`~shoestring.similarity.deviations.sums` between training items, each pair computed once an alignment."""

    def __init__(self, series: list[Series], compare: tuple[ModernFeature, ...]) -> None:
        self._series, self._compare = series, compare
        self._known: dict[tuple[tuple[ModernFeature, ...], int, int], Floats] = {}

    def between(self, a: int, b: int, align: tuple[ModernFeature, ...], wanted: tuple[ModernFeature, ...]) -> Floats:
        """Sums [K] of the features ``wanted``, which both items have."""
        key = (align, min(a, b), max(a, b))
        left, right = self._series[key[1]], self._series[key[2]]
        names = dev.within(self._compare, dev.common([left, right]))
        if key not in self._known:
            self._known[key] = dev.sums(left, right, align, names)
        found = self._known[key]
        return found[[names.index(name) for name in wanted]] if wanted else found

    def spread(self, rows: list[int], align: tuple[ModernFeature, ...], wanted: tuple[ModernFeature, ...]) -> Floats:
        """Logarithmic spread [K] of two or more references."""
        pairs = [self.between(a, b, align, wanted) for i, a in enumerate(rows) for b in rows[:i]]
        return dev.log_mean(pairs, self.length(rows))

    def distance(
        self, rows: list[int], probe: int, align: tuple[ModernFeature, ...], wanted: tuple[ModernFeature, ...]
    ) -> Floats:
        """Logarithmic mean distance [K] of a probe to references."""
        return dev.log_mean([self.between(row, probe, align, wanted) for row in rows], self.length(rows))

    def length(self, rows: list[int]) -> float:
        """Median length of references, in samples."""
        return dev.median_length([self._series[row] for row in rows])

    def usable(self, equipment: Equipment) -> NDArray[np.bool_]:
        """[N] which items record ``equipment``."""
        return np.array([set(equipment.split("+")) <= set(series.equipment.split("+")) for series in self._series])


def distances(
    pairs: PairSums,
    samples: Samples,
    align: tuple[ModernFeature, ...],
    compare: tuple[ModernFeature, ...],
    equipment: Equipment,
) -> Distances | None:
    """All comparisons of :func:`draws` among the items that record ``equipment``.

    None when no genuine or no impostor comparison is among them.
    """
    usable = pairs.usable(equipment)
    found = Distances([], [], [], REFERENCES)
    for draw in draws(samples):
        rows = [int(row) for row in draw.references]
        probes, kind = draw.probes[usable[draw.probes]], draw.kind[usable[draw.probes]]
        if not usable[draw.references].all() or not len(probes):
            continue
        found.distance.append(np.array([pairs.distance(rows, int(probe), align, compare) for probe in probes]))
        found.own.append(pairs.spread(rows, align, compare))
        found.kind.append(kind)
    kinds = set(np.concatenate(found.kind)) if found.kind else set()
    return found if "genuine" in kinds and len(kinds) > 1 else None
