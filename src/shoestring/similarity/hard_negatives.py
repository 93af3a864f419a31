"""Hard negatives from a corpus: what looks most like an anchor and is not one of its positives, found in blocks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.search import Vectors, top_k

BLOCK = 256
"""Anchors that are searched together; memory does not grow with the number of anchors times the corpus."""


def hard_negatives(
    anchors: Vectors, positives: Vectors, corpus: Vectors, known: Sequence[Sequence[int]], *, count: int = 1,
    ceiling: float = 0.95, deep: int = 32,
) -> NDArray[np.int64]:  # fmt: skip
    """Rows of ``corpus`` for each anchor, hardest first, int64 [N, ``count``]; -1 where there are fewer.

    A candidate above ``ceiling`` times the cosine of the anchor with its own positive is probably a positive that
    nobody marked, and is passed over (Moreira et al. 2024, "NV-Retriever": TopK-PercPos).

    Args:
        anchors: unit vectors [N, D].
        positives: of each anchor, [N, D].
        corpus: unit vectors [M, D], such as a memory map; read once for a block of anchors.
        known: for each anchor the rows of ``corpus`` that it must not get: itself, and all its positives.
        count: negatives of an anchor, at least 1.
        ceiling: above 0.
        deep: the nearest rows that are looked at beside the known ones; where all are passed over, there is none.

    Raises:
        BadDataError: shapes that do not fit, or a number out of range.
    """
    if anchors.shape != positives.shape or len(known) != len(anchors) or min(count, deep) < 1 or not ceiling > 0:
        raise BadDataError(
            f"{anchors.shape} anchors, {positives.shape} positives, {len(known)} rows of known ones, count={count}, "
            f"ceiling={ceiling}, deep={deep}: they do not fit"
        )
    found = np.full((len(anchors), count), -1, dtype=np.int64)
    most = np.einsum("nd,nd->n", anchors, positives, dtype=np.float64) * ceiling
    for start in range(0, len(anchors), BLOCK):
        rows = slice(start, min(start + BLOCK, len(anchors)))
        wide = max(len(set(one)) for one in known[rows]) + deep
        near = top_k(corpus, anchors[rows], wide)
        for place, (row, score) in enumerate(zip(near.row, near.score, strict=True), start):
            allowed = (score <= most[place]) & ~np.isin(row, known[place])
            chosen = row[allowed][:count]
            found[place, : len(chosen)] = chosen
    return found
