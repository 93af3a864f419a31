"""Which pairs to ask about: those near the threshold, where an answer is least foreseeable."""

from collections.abc import Collection

import numpy as np

from shoestring.similarity.search import Vectors, block_rows

SPREAD = 0.05
"""How far from the threshold a pair is looked for, on either side: only pairs exactly on it would teach one place."""
TRIES = 4
"""Rows that are looked at for each pair that is wanted."""


def uncertain_pairs(
    vectors: Vectors, threshold: float, count: int, known: Collection[tuple[int, int]], rng: np.random.Generator
) -> list[tuple[int, int, float]]:
    """Up to ``count`` pairs ``(row, row, cosine)`` of ``vectors`` [N, D] with cosines near ``threshold``.

    Rows are drawn at random; each proposes the partner whose cosine is nearest to a value drawn within SPREAD of the
    threshold. The pairs nearest to their value are taken, a row at most once, none that is ``known`` (smaller row
    first). One matrix product of TRIES * count rows, whatever the number of rows.
    """
    rows = rng.permutation(len(vectors))[: TRIES * count]
    wanted = threshold + SPREAD * rng.uniform(-1, 1, len(rows))
    partners: dict[int, list[int]] = {}
    for a, b in known:
        partners.setdefault(a, []).append(b)
        partners.setdefault(b, []).append(a)
    found = []
    step = block_rows(vectors.shape[1], len(vectors))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        scores = np.asarray(vectors[part]) @ np.asarray(vectors).T
        for place, row in enumerate(part.tolist()):
            gap = np.abs(scores[place] - wanted[start + place])
            gap[[row, *partners.get(row, ())]] = np.inf
            other = int(gap.argmin())
            if np.isfinite(gap[other]):
                found.append((float(gap[other]), row, other, float(scores[place, other])))
    chosen: list[tuple[int, int, float]] = []
    used: set[int] = set()
    for _, row, other, score in sorted(found):
        if len(chosen) < count and not used & {row, other}:
            used |= {row, other}
            chosen.append((min(row, other), max(row, other), score))
    return chosen
