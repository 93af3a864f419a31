"""The most similar pair of a set of vectors, by looking at all pairs in blocks."""

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError

BLOCK = 1_024


def closest_pair(vectors: NDArray[np.float32]) -> tuple[int, int, float]:
    """``(first, second, inner product)`` of the two rows of [N, D] with the largest one, ``first`` below ``second``.

    O(N^2 D) time, O(N) memory beside the vectors. Raises BadDataError for fewer than two rows.
    """
    if len(vectors) < 2:
        raise BadDataError(f"{len(vectors)} vectors make no pair")
    best = (0, 1, -np.inf)
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK] @ vectors[start:].T
        # A row is not compared with itself, nor with those before it.
        rows = np.arange(len(block))
        block[:, : len(block)][rows[:, None] >= rows] = -np.inf
        place = int(block.argmax())
        first, second = divmod(place, block.shape[1])
        if block[first, second] > best[2]:
            best = (start + first, start + second, float(block[first, second]))
    return best
