"""Scores judged by how either side compares with a cohort of strangers: symmetric score normalisation."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LEAST = 1e-6
"""Floor of a spread: below it a cohort says nothing."""


def symmetric_norm(score: Floats, left: Floats, right: Floats) -> Floats:
    r"""[N, M] :math:`\frac12\big(\frac{s - \mu_l}{\sigma_l} + \frac{s - \mu_r}{\sigma_r}\big)` (Kenny 2010, "s-norm").

    ``score`` [N, M] compares N items with M others; ``left`` [N, K] and ``right`` [M, K] compare either with the same K
    strangers, whose mean and standard deviation are those of the formula. What looks like everybody has to be more
    alike to be called the same. The unit is standard deviations; with one stranger only the means count.
    """
    halves = []
    for cohort, axis in ((left, 1), (right, 0)):
        mean, spread = cohort.mean(axis=1), np.maximum(cohort.std(axis=1), _LEAST)
        if cohort.shape[1] < 2:
            spread = np.ones_like(spread)
        halves.append((score - np.expand_dims(mean, axis)) / np.expand_dims(spread, axis))
    return np.asarray((halves[0] + halves[1]) / 2)


def spread_over(identity: NDArray[np.str_], most: int) -> NDArray[np.int64]:
    """At most ``most`` rows in order, as evenly over identities as they come when sorted by name (stable)."""
    rows = np.argsort(identity, kind="stable")
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
    return np.sort(rows)
