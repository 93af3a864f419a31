"""How well a grouping agrees with the true one: BCubed and pairwise precision, recall and F."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError


@dataclass(frozen=True)
class Agreement:
    """Each in [0, 1]; NaN where there is nothing to take a share of."""

    precision: float
    recall: float
    f: float
    """Harmonic mean of the two."""


def bcubed(found: NDArray[Any], true: NDArray[Any]) -> Agreement:
    """Per row, the share of its group that has its label, and the share of its label that is in its group; averaged.

    The row itself counts (Bagga & Baldwin 1998; the plain form of Amigo et al. 2009), so neither is ever zero.
    """
    cells, groups, labels = _contingency(found, true)
    rows = cells.sum()
    # A cell of c rows holds c rows with the share c / group, hence the squares.
    return _agreement((cells**2 / groups).sum() / rows, (cells**2 / labels).sum() / rows)


def pairwise(found: NDArray[Any], true: NDArray[Any]) -> Agreement:
    """Over pairs of different rows: the share of those joined that belong together, and the other way round."""
    cells, _, _ = _contingency(found, true)
    both = _pairs(cells)
    joined = _pairs(np.unique(found, return_counts=True)[1].astype(float))
    belonging = _pairs(np.unique(true, return_counts=True)[1].astype(float))
    return _agreement(both / joined if joined else np.nan, both / belonging if belonging else np.nan)


def _pairs(sizes: NDArray[np.float64]) -> float:
    return float((sizes * (sizes - 1)).sum() / 2)


def _agreement(precision: float, recall: float) -> Agreement:
    total = precision + recall
    return Agreement(float(precision), float(recall), float(2 * precision * recall / total) if total else 0.0)


def _contingency(found: NDArray[Any], true: NDArray[Any]) -> tuple[NDArray[np.float64], ...]:
    """Rows in every occupied cell of group x label, with the size of the cell's group and label."""
    if found.shape != true.shape or found.ndim != 1 or not len(found):
        raise BadDataError(f"{found.shape} groups for {true.shape} labels: give one of each for every row")
    group_sizes, group = _sizes(found)
    label_sizes, label = _sizes(true)
    cell, counts = np.unique(group * len(label_sizes) + label, return_counts=True)
    return (
        counts.astype(np.float64), group_sizes[cell // len(label_sizes)], label_sizes[cell % len(label_sizes)],
    )  # fmt: skip


def _sizes(values: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return counts.astype(np.float64), inverse
