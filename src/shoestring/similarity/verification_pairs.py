"""Verification by pairs of items: who is compared, and the measures that FaceNet and LFW report.

VAL and FAR (Schroff, Kalenichenko & Philbin 2015, eq. 5 to 8) are 1 - FNMR and FMR of
:mod:`shoestring.similarity.metrics`. The ten-fold protocol is that of Labeled Faces in the Wild, view 2 (Huang et al.
2007): identities disjoint between folds, the threshold chosen on the other nine. Thresholds are swept over the scores
that occurred, not over a grid, so that results do not move in the last digit with the step of the grid.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.metrics import Point, Ranking, fnmr_at_fmr, rank

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ItemPairs:
    """P pairs of rows of a data set."""

    first: Indices
    second: Indices
    same: NDArray[np.bool_]
    fold: Indices
    """[P] the fold of each pair; zeros where there are none."""


@dataclass(frozen=True, eq=False)
class FoldScores:
    """One value a fold, and the threshold that the other folds chose for it."""

    value: Floats
    threshold: Floats

    @property
    def mean(self) -> float:
        """Over the folds."""
        return float(self.value.mean())

    @property
    def error(self) -> float:
        """Standard error of the mean: standard deviation (over F - 1) / sqrt(F), as LFW results are reported."""
        return float(self.value.std(ddof=1) / np.sqrt(len(self.value)))


def all_pairs(identity: NDArray[np.str_]) -> ItemPairs:
    """Every pair of different items, each once."""
    first, second = np.triu_indices(len(identity), k=1)
    return ItemPairs(first, second, identity[first] == identity[second], np.zeros(len(first), np.int64))


def fold_pairs(identity: NDArray[np.str_], folds: int, each: int, rng: np.random.Generator) -> ItemPairs:
    """At most ``each`` genuine and as many impostor pairs in each of ``folds``, no identity in two folds.

    Drawn without replacement from all pairs within the fold; a fold with fewer of one kind gets as many of the other.
    Raises BadDataError when a fold has none of either kind.
    """
    parts = np.array_split(rng.permutation(np.unique(identity)), folds)
    columns = []
    for number, part in enumerate(parts):
        rows = np.flatnonzero(np.isin(identity, part))
        pairs = all_pairs(identity[rows])
        kinds = [np.flatnonzero(pairs.same), np.flatnonzero(~pairs.same)]
        count = min(each, *map(len, kinds))
        if not count:
            raise BadDataError(f"fold {number} of {folds} has no genuine or no impostor pair; take fewer folds")
        chosen = np.concatenate([np.sort(rng.choice(kind, count, replace=False)) for kind in kinds])
        columns.append((rows[pairs.first[chosen]], rows[pairs.second[chosen]], pairs.same[chosen], chosen * 0 + number))
    first, second, same, fold = (np.concatenate(column) for column in zip(*columns, strict=True))
    return ItemPairs(first, second, same, fold)


def squared_distances(vectors: NDArray[np.floating], pairs: ItemPairs) -> Floats:
    """[P] squared Euclidean distance of each pair, in [0, 4] for unit vectors."""
    wide = vectors.astype(np.float64)
    return np.asarray(np.square(wide[pairs.first] - wide[pairs.second]).sum(axis=1))


def val_at_far(ranking: Ranking, far: float) -> Point:
    """VAL, the share of genuine pairs accepted, at the lowest threshold whose FAR is at most ``far``."""
    point = fnmr_at_fmr(ranking, far)
    return Point(1 - point.value, point.threshold)


def accuracy_threshold(score: ArrayLike, same: ArrayLike) -> Point:
    """The highest share of right answers of any threshold, and the lowest such threshold.

    A pair is taken for the same when its score (higher = more alike) is at least the threshold.
    """
    ranking = rank(score, same)
    det = ranking.det
    genuine, impostors = ranking.genuine.sum(), (~ranking.genuine).sum()
    right = (1 - det.fnmr) * genuine if genuine else np.zeros(len(det.threshold))
    right = right + ((1 - det.fmr) * impostors if impostors else 0.0)
    best = int(np.argmax(np.round(right, 6)))
    return Point(float(right[best] / len(ranking.score)), float(det.threshold[best]))


def fold_accuracy(score: Floats, same: NDArray[np.bool_], fold: Indices) -> FoldScores:
    """Accuracy on each fold with the best threshold of all the others."""
    values, thresholds = [], []
    for number in np.unique(fold):
        mine = fold == number
        threshold = accuracy_threshold(score[~mine], same[~mine]).threshold
        values.append(np.mean((score[mine] >= threshold) == same[mine]))
        thresholds.append(threshold)
    return FoldScores(np.array(values), np.array(thresholds))


def fold_val(score: Floats, same: NDArray[np.bool_], fold: Indices, far: float) -> FoldScores:
    """VAL on each fold at the lowest threshold whose FAR on all the others is at most ``far``.

    A fold of 300 impostors cannot show a FAR of 1e-3, nine of them barely can: see :func:`supports`.
    """
    values, thresholds = [], []
    for number in np.unique(fold):
        mine = fold == number
        threshold = val_at_far(rank(score[~mine], same[~mine]), far).threshold
        values.append(np.mean(score[mine & same] >= threshold))
        thresholds.append(threshold)
    return FoldScores(np.array(values), np.array(thresholds))


def supports(impostors: int, far: float) -> bool:
    """Whether so many independent impostor pairs can show ``far`` at 95 %: the rule of three asks for 3 / ``far``."""
    return impostors >= 3 / far - 1e-9
