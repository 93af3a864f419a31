"""The arithmetic of the 1993 signer model: running Gaussians of feature vectors, small enough for a card stripe."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError

Floats = NDArray[np.float64]
VARIANCE_FLOOR = 0.01
"""No variance is taken to be below this share of the one usual among people."""


@dataclass(frozen=True)
class Moments:
    """Mean and spread of the vectors of one signer; forgets what lies further back than its window."""

    count: int
    """Vectors inside, at most the window."""
    mean: Floats
    """[D]"""
    squares: Floats
    """[D] sum over the vectors of the squared deviation from the mean."""

    def add(self, vector: Floats, window: int) -> "Moments":
        """The moments with one more vector [D]; exact up to ``window`` vectors.

        A full window first forgets one of its vectors in proportion, since no single vector is kept: the mean stays and
        the squares shrink by 1 / ``window``. Deviations are summed rather than raw squares because the variance is a
        small difference of large raw sums, which one byte cannot hold.
        """
        count, squares = self.count, self.squares
        if count >= window:
            count, squares = window - 1, squares * (window - 1) / window
        mean = self.mean + (vector - self.mean) / (count + 1)
        return Moments(count + 1, mean, squares + (vector - self.mean) * (vector - mean))


def moments(vectors: Floats, window: int) -> Moments:
    """Of the last ``window`` of ``vectors`` [N >= 1, D]."""
    last = vectors[-window:]
    mean = last.mean(axis=0)
    return Moments(len(last), mean, np.square(last - mean).sum(axis=0))


def variances(model: Moments, usual: Floats, prior: float, shared: bool) -> Floats:
    """Variances [D] of a signer, with ``usual`` [D], the variance within people, counted as ``prior`` vectors.

    ``shared`` averages the signer's own part over the features. One vector shows no variance: then ``prior`` is at
    least 1. Nothing falls below :data:`VARIANCE_FLOOR` of the usual.
    """
    own = np.full_like(usual, model.squares.mean()) if shared else model.squares
    base = np.full_like(usual, usual.mean()) if shared else usual
    if model.count < 2:
        prior = max(prior, 1.0)
    return np.maximum((own + prior * base) / (model.count + prior), VARIANCE_FLOOR * base)


def log_density(vectors: Floats, mean: Floats, variance: Floats) -> Floats:
    """Log density [N] of ``vectors`` [N, D] under independent Gaussians with ``mean`` and ``variance`` [D]."""
    return -0.5 * (np.square(vectors - mean) / variance + np.log(2 * np.pi * variance)).sum(axis=1)


def to_byte(values: Floats, low: Floats, high: Floats) -> NDArray[np.uint8]:
    """The nearest of 256 levels between ``low`` and ``high``; values outside take the nearest end."""
    return np.rint(np.clip((values - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def from_byte(codes: NDArray[np.uint8], low: Floats, high: Floats) -> Floats:
    """The inverse of :func:`to_byte`, at most half a level off."""
    return low + codes / 255 * (high - low)


def least_redundant(vectors: Floats, keep: int) -> NDArray[np.int64]:
    """Indices [``keep``], ascending, of the features of ``vectors`` [N, D] that say most besides one another.

    Again and again the feature whose spread is explained least by those already chosen: the largest variance left after
    a linear fit (the order of a QR decomposition with pivoting). Needs no labels, so nothing about forgeries enters.
    Dropping the most correlated pairwise instead would keep features that are unlike all others because they are noise.

    Raises:
        BadDataError: more features are asked for than there are, or fewer than two vectors are given.
    """
    if not 1 <= keep <= vectors.shape[1] or len(vectors) < 2:
        raise BadDataError(f"cannot keep {keep} of {vectors.shape[1]} features from {len(vectors)} vectors")
    unexplained = vectors - vectors.mean(axis=0)
    chosen: list[int] = []
    for _ in range(keep):
        spread = np.square(unexplained).sum(axis=0)
        spread[chosen] = -1.0
        chosen.append(int(np.argmax(spread)))
        if spread[chosen[-1]] > 0:
            direction = unexplained[:, chosen[-1]] / np.sqrt(spread[chosen[-1]])
            unexplained = unexplained - np.outer(direction, direction @ unexplained)
    return np.array(sorted(chosen), dtype=np.int64)
