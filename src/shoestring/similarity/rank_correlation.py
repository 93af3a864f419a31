"""Spearman's correlation with an interval: the figure of merit of semantic textual similarity."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from shoestring.core.errors import BadDataError


def spearman(left: NDArray[np.floating], right: NDArray[np.floating]) -> float:
    """Correlation of ranks, ties at their average rank, from -1 to 1; NaN where a side is constant."""
    return float(correlation(rankdata(left)[None], rankdata(right)[None])[0])


def spearman_interval(
    left: NDArray[np.floating], right: NDArray[np.floating], *, resamples: int = 1_000, seed: int = 0
) -> dict[str, float]:
    """``value`` with ``low`` and ``high``, the 95 % percentile interval over resampled pairs.

    Raises:
        BadDataError: fewer than three pairs, or a side without any difference.
    """
    value = spearman(left, right) if len(left) > 2 else np.nan
    if not np.isfinite(value):
        raise BadDataError(f"{len(left)} pairs: a rank correlation needs at least three, and differences on both sides")
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        rows = draw.integers(len(left), size=len(left))
        found.append(spearman(left[rows], right[rows]))
    kept = np.array(found)[np.isfinite(found)]
    low, high = np.quantile(kept, [0.025, 0.975]) if len(kept) else (np.nan, np.nan)
    return {"value": value, "low": float(low), "high": float(high)}


def correlation(left: NDArray[np.floating], right: NDArray[np.floating]) -> NDArray[np.float64]:
    """Pearson's correlation of the rows of [M, N] and [M, N] -> [M]; NaN for a constant row."""
    a, b = (side - side.mean(axis=1, keepdims=True) for side in (left, right))
    scale = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return np.where(scale > 0, (a * b).sum(axis=1) / np.where(scale > 0, scale, 1), np.nan)
