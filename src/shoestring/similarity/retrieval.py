"""How good a ranking is: recall@k, MRR, MAP@R and nDCG, each over queries that have something to find."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.search import Vectors, top_k

Bools = NDArray[np.bool_]
QUERIES = 256


@dataclass(frozen=True)
class Ranked:
    """What queries found, best first."""

    relevant: Bools
    """[Q, K] whether the item at each place is one that should be found."""
    total: NDArray[np.int64]
    """[Q] how many there are to be found, 1 or more."""
    excluded: int = 0
    """Queries with nothing to find, which no measure can judge."""

    def __post_init__(self) -> None:
        if self.relevant.ndim != 2 or self.total.shape != self.relevant.shape[:1] or (self.total < 1).any():
            raise BadDataError("a ranking needs places [Q, K] and totals [Q] of 1 or more")


def rank_by_label(vectors: Vectors, labels: NDArray[Any], *, places: int = 10) -> Ranked:
    """Every row searches the others; rows of its label are relevant. Rows alone with their label are excluded, counted.

    The ranking is at least ``places`` long, and long enough for MAP@R of the largest label.
    """
    if labels.shape != (len(vectors),) or not len(labels):
        raise BadDataError(f"{len(vectors)} vectors need as many labels, not {labels.shape}")
    _, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    total = counts[inverse] - 1
    asking = np.flatnonzero(total)
    long = min(max(places, int(total.max())), len(vectors) - 1)
    relevant = np.empty((len(asking), long), np.bool_)
    for start in range(0, len(asking), QUERIES):
        queries = asking[start : start + QUERIES]
        found = top_k(vectors, vectors[queries], long + 1).row
        # The row itself is taken out; where equal rows pushed it off the list, the last place goes instead.
        own = found == queries[:, None]
        own[~own.any(axis=1), -1] = True
        others = found[~own].reshape(len(queries), long)
        relevant[start : start + QUERIES] = inverse[others] == inverse[queries][:, None]
    return Ranked(relevant, total[asking], int(len(vectors) - len(asking)))


def recall_at(ranked: Ranked, k: int) -> float:
    """Share of queries with a hit among the first ``k`` (the sense of metric learning, not share of hits found)."""
    return float(_places(ranked, k).any(axis=1).mean())


def mrr(ranked: Ranked) -> float:
    """Mean of 1 / place of the first hit; 0 for a query whose list has none."""
    first = ranked.relevant.argmax(axis=1)
    return float(np.where(ranked.relevant.any(axis=1), 1 / (first + 1.0), 0.0).mean())


def map_at_r(ranked: Ranked) -> float:
    r""":math:`\frac1R \sum_{i \le R} P(i)\,[i\ \text{relevant}]`, R = number to be found (Musgrave et al. 2020)."""
    places = np.arange(1, ranked.relevant.shape[1] + 1)
    if ranked.total.max() > len(places):
        raise BadDataError(f"MAP@R needs {ranked.total.max()} places, the ranking has {len(places)}")
    precision = ranked.relevant.cumsum(axis=1) / places
    counted = ranked.relevant & (places <= ranked.total[:, None])
    return float(((precision * counted).sum(axis=1) / ranked.total).mean())


def ndcg_at(ranked: Ranked, k: int = 10) -> float:
    r"""Discounted gain :math:`\sum_{i \le k} [i\ \text{relevant}] / \log_2(i + 1)` over that of the best ranking."""
    gain = 1 / np.log2(np.arange(2, k + 2))
    reached = _places(ranked, k) @ gain
    best = np.concatenate([[0.0], gain.cumsum()])[np.minimum(ranked.total, k)]
    return float((reached / best).mean())


def _places(ranked: Ranked, k: int) -> Bools:
    if not 1 <= k <= ranked.relevant.shape[1]:
        raise BadDataError(f"k={k}: the ranking has {ranked.relevant.shape[1]} places")
    return ranked.relevant[:, :k]
