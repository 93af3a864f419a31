"""Exact search: the ``k`` most similar rows of a matrix that need not fit into memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError

Vectors = NDArray[np.float32]
BLOCK_BYTES = 16 * 2**20
"""Of a block of rows, and of a block of scores."""
SPARE = 16
"""Candidates kept beyond ``k``, so that rounding in float32 does not decide who is among the ``k``."""


@dataclass(frozen=True)
class Neighbours:
    """The most similar rows of each query, best first; equal scores by row number."""

    row: NDArray[np.int64]
    """[Q, K] with K = min(k, number of rows)."""
    score: NDArray[np.float64]
    """[Q, K] inner products, summed in float64 from the float32 values."""


def unit(vectors: NDArray[np.floating], name: str = "vectors") -> Vectors:
    """Rows [N, D] scaled to length one, as float32.

    Raises:
        BadDataError: not two-dimensional, or a row with NaN, infinity or length zero; the message names the row.
    """
    if vectors.ndim != 2 or not vectors.shape[1]:
        raise BadDataError(f"{name}: shape {vectors.shape}, expected [rows, numbers]")
    wide = np.asarray(vectors, np.float64)
    # Scaled by the largest number first: squares of numbers near the end of the range would overflow.
    largest = np.abs(wide).max(axis=1, initial=0.0)
    if not np.all(ok := np.isfinite(largest) & (largest > 0)):
        row = int(np.argmin(ok))
        raise BadDataError(f"{name}: row {row} has no direction (NaN, infinity or all zero)")
    wide = wide / largest[:, None]
    return np.asarray(wide / np.linalg.norm(wide, axis=1)[:, None], np.float32)


def block_rows(width: int, columns: int = 1) -> int:
    """Rows of a block of which neither the vectors nor the scores against ``columns`` exceed BLOCK_BYTES."""
    return max(1, BLOCK_BYTES // (4 * max(width, columns)))


def top_k(matrix: Vectors, queries: Vectors, k: int, *, rows: NDArray[np.int64] | None = None) -> Neighbours:
    """The ``k`` rows with the largest inner product with each query: one matrix product a block of rows.

    Args:
        matrix: [N, D], such as a memory map; read once, in order.
        queries: [Q, D]; many are answered together, at the price of memory for Q times a block.
        k: at least 1.
        rows: search these rows only (increasing numbers), as after a filter.

    The choice is made with float32 products and SPARE further candidates, which are then compared in float64: the order
    is that of the exact inner products unless more than SPARE rows are within float32 rounding of the last place.

    Raises:
        BadDataError: shapes that do not fit, or k below 1.
    """
    if matrix.ndim != 2 or queries.ndim != 2 or matrix.shape[1] != queries.shape[1] or k < 1:
        raise BadDataError(f"cannot search {matrix.shape} for {queries.shape} with k={k}")
    count = len(matrix) if rows is None else len(rows)
    keep = min(k + SPARE, count)
    best = np.full((len(queries), keep), -np.inf, np.float32)
    place = np.full((len(queries), keep), -1, np.int64)
    step = block_rows(matrix.shape[1], len(queries))
    for start in range(0, count, step):
        block = matrix[start : start + step] if rows is None else matrix[rows[start : start + step]]
        scores = queries @ block.T
        for query in range(len(queries)):
            _merge(best[query], place[query], scores[query], start)
    found = place if rows is None else rows[place] if count else place
    return _exact(matrix, queries, found, min(k, count))


def _merge(best: NDArray[np.float32], place: NDArray[np.int64], scores: NDArray[np.float32], start: int) -> None:
    """Bring the scores of a block into ``best``, which is sorted; of equal ones the first rows stay."""
    keep = len(best)
    chosen = np.flatnonzero(scores > best[-1])
    if len(chosen) > keep:
        values = scores[chosen]
        limit = np.partition(values, len(values) - keep)[len(values) - keep]
        above = chosen[values > limit]
        # Rows come in increasing order, so of those that tie for the last place the first are taken.
        chosen = np.concatenate([above, chosen[values == limit][: keep - len(above)]])
    if len(chosen):
        values = np.concatenate([best, scores[chosen]])
        numbers = np.concatenate([place, chosen + start])
        order = np.lexsort((numbers, -values))[:keep]
        best[:], place[:] = values[order], numbers[order]


def _exact(matrix: Vectors, queries: Vectors, candidates: NDArray[np.int64], k: int) -> Neighbours:
    row = np.empty((len(queries), k), np.int64)
    score = np.empty((len(queries), k))
    for query, numbers in enumerate(candidates):
        # A sum over each row by itself: a matrix product may round equal rows differently.
        exact = (matrix[numbers].astype(np.float64) * queries[query].astype(np.float64)).sum(axis=1)
        order = np.lexsort((numbers, -exact))[:k]
        row[query], score[query] = numbers[order], exact[order]
    return Neighbours(row, score)
