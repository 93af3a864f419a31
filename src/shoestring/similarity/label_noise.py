"""Which labels do the scores contradict? A ranked list for a person to look at, never a verdict."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.encoded import EncodingMatcher
from shoestring.similarity.protocol import Samples

MOST_ITEMS = 20_000
"""Items beyond which nobody is asked to look: every item is encoded once more for it."""
_BLOCK = 4096


@dataclass(frozen=True)
class DoubtfulPair:
    """A pair whose score looks like the other label."""

    row: int
    same: bool
    """What the label says."""
    score: float
    doubt: float
    """In (0.5, 1]: how much more ordinary the score is among pairs of the other label."""


@dataclass(frozen=True)
class DoubtfulItem:
    """An item that is more alike to another identity than to its own."""

    row: int
    identity: str
    """What the label says."""
    looks_like: str
    own: float
    """Cosine with the centroid of the other items of its identity."""
    rival: float
    """Cosine with the centroid of ``looks_like``."""

    @property
    def doubt(self) -> float:
        """``rival - own``, above 0."""
        return self.rival - self.own


def doubtful_pairs(score: ArrayLike, same: ArrayLike) -> list[DoubtfulPair]:
    r"""Pairs beyond the point where both error rates are equal, on the wrong side of it; the most doubtful first.

    With FMR the share of different pairs that score at least as high, and FNMR that of same pairs that score at most as
    high, the doubt in a pair labelled "same" is :math:`FMR / (FMR + FNMR)`, and one minus that for "different". Equal
    doubts are ordered by score, then by row. ``score``: float [N], higher is more alike; ``same``: bool [N].

    Raises BadDataError when one of the labels does not occur, lengths differ, or a score is not finite.
    """
    score, same = np.asarray(score, dtype=np.float64), np.asarray(same, dtype=bool)
    if score.shape != same.shape or score.ndim != 1:
        raise BadDataError(f"scores of shape {score.shape} and labels of shape {same.shape}: both must be [N]")
    if not np.isfinite(score).all():
        raise BadDataError(f"score {score[~np.isfinite(score)][0]}: scores must be finite")
    if same.all() or not same.any():
        raise BadDataError("doubt needs pairs of both labels")
    genuine, impostor = np.sort(score[same]), np.sort(score[~same])
    fmr = 1 - np.searchsorted(impostor, score, side="left") / len(impostor)
    fnmr = np.searchsorted(genuine, score, side="right") / len(genuine)
    # A pair is among those of its own label, so the sum is never zero.
    share = fmr / (fmr + fnmr)
    doubt = np.where(same, share, 1 - share)
    wrongness = np.where(same, -score, score)
    rows = np.flatnonzero(doubt > 0.5)
    order = rows[np.lexsort((rows, -wrongness[rows], -doubt[rows]))]
    return [DoubtfulPair(int(r), bool(same[r]), float(score[r]), float(doubt[r])) for r in order]


def doubtful_items(z: ArrayLike, identity: ArrayLike) -> list[DoubtfulItem]:
    """Items whose vector is nearer to another identity's centroid than to that of its own other items.

    The most doubtful first. Centroids are means of unit vectors; an item alone in its identity has nothing to
    contradict it and is left out. ``z``: float [N, D] of any length; ``identity``: [N] names.

    Raises BadDataError with fewer than two identities, or when lengths differ or a number is not finite.
    """
    z, identity = np.asarray(z, dtype=np.float64), np.asarray(identity).astype(np.str_)
    if z.ndim != 2 or identity.shape != (len(z),):
        raise BadDataError(
            f"vectors of shape {z.shape} and identities of shape {identity.shape}: [N, D] and [N] needed"
        )
    if not np.isfinite(z).all():
        raise BadDataError(f"row {int(np.argwhere(~np.isfinite(z))[0, 0])} of the vectors is not finite")
    names, place, count = np.unique(identity, return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise BadDataError("doubt needs items of two identities")
    unit = _unit(z)
    sums = np.zeros((len(names), z.shape[1]))
    np.add.at(sums, place, unit)
    centroids = _unit(sums)
    rival, cosine = np.empty(len(z), np.int64), np.empty(len(z))
    for start in range(0, len(z), _BLOCK):
        block = slice(start, start + _BLOCK)
        cosines = unit[block] @ centroids.T
        cosines[np.arange(len(cosines)), place[block]] = -np.inf
        rival[block], cosine[block] = cosines.argmax(axis=1), cosines.max(axis=1)
    own = (unit * _unit(sums[place] - unit)).sum(axis=1)
    doubt = cosine - own
    chosen = np.flatnonzero((count[place] > 1) & (doubt > 0))
    return [
        DoubtfulItem(int(r), str(identity[r]), str(names[rival[r]]), float(own[r]), float(cosine[r]))
        for r in chosen[np.argsort(-doubt[chosen], kind="stable")]
    ]


def doubtful_samples(matcher: Any, samples: Samples) -> list[dict[str, Any]] | None:
    """:func:`doubtful_items` of genuine samples under the encoder of ``matcher``, the most doubtful first.

    One table each: ``person`` and ``sample`` as labelled, ``looks_like``, and the cosines ``own`` and ``rival``. None
    where nothing can be said: the matcher makes no vectors, there are fewer than two people, or more than
    :data:`MOST_ITEMS` items.
    """
    rows = np.flatnonzero(samples.genuine)
    people = samples.identity[rows]
    if not isinstance(matcher, EncodingMatcher) or len(np.unique(people)) < 2 or len(rows) > MOST_ITEMS:
        return None
    vectors = np.stack([one.vector for one in matcher.encoded([samples[int(row)] for row in rows])])
    return [
        {
            "person": found.identity, "sample": int(samples.sample[rows[found.row]]), "looks_like": found.looks_like,
            "own": round(found.own, 4), "rival": round(found.rival, 4),
        }
        for found in doubtful_items(vectors, people)
    ]  # fmt: skip


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
