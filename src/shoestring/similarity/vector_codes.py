"""Vectors in one byte or one bit a number, with ranges that are stored, and search that compares the truth at the end.

The ranges come from a sample of the collection and are kept with the codes. Taken from the batch at hand instead, a
single vector would be its own range, every number at an end of it, and its code would say nothing.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.search import SPARE, Neighbours, Vectors, block_rows, top_k

STEPS = 255
MARGIN = 0.05
"""Of its width, added at either end of a range: later vectors may reach a little further than the sample."""
_ONES = np.array([bin(value).count("1") for value in range(256)], np.uint8)


@dataclass(frozen=True)
class Ranges:
    """For each of D numbers where its 256 steps begin and how wide a step is, float32 [D] each."""

    low: NDArray[np.float32]
    step: NDArray[np.float32]

    @classmethod
    def fit(cls, sample: Vectors) -> Self:
        """From a sample [N, D] with two or more rows. Raises BadDataError for fewer: one vector has no range."""
        if sample.ndim != 2 or len(sample) < 2:
            raise BadDataError(f"ranges need two or more vectors, not {sample.shape}: one vector has no range")
        low, high = sample.min(axis=0), sample.max(axis=0)
        # A number that never changes still needs a step that one can divide by.
        width = np.maximum(high - low, 1e-6) * (1 + 2 * MARGIN)
        return cls(((low + high - width) / 2).astype(np.float32), (width / STEPS).astype(np.float32))

    def encode(self, vectors: Vectors) -> NDArray[np.int8]:
        """Codes [N, D] from -128 to 127; what lies outside of a range becomes its end."""
        return np.asarray(np.clip(np.rint((vectors - self.low) / self.step), 0, STEPS) - 128, np.int8)

    def decode(self, codes: NDArray[np.int8]) -> Vectors:
        """The middle of what each code stands for: within half a step of what was in range."""
        return np.asarray((codes.astype(np.float32) + 128) * self.step + self.low, np.float32)

    def search(
        self, codes: NDArray[np.int8], queries: Vectors, k: int, *, truth: Vectors, wider: int = 4
    ) -> Neighbours:
        """The ``k`` best of the ``k * wider`` rows that look best by their codes, compared by the vectors in ``truth``.

        A query is not rounded. Decoded values are compared and not raw codes, whose steps differ between numbers.
        """
        # <q, low + step (code + 128)> = <q * step, code> + what is the same for every row.
        return rescored(_coded(codes, queries * self.step, k * wider), truth, queries, k)


def _coded(codes: NDArray[np.int8], queries: Vectors, k: int) -> NDArray[np.int64]:
    """Candidates [Q, K] by inner product with the codes."""
    size = block_rows(codes.shape[1], len(queries))
    rows, scores = [], []
    for start in range(0, len(codes), size):
        found = top_k(codes[start : start + size].astype(np.float32), queries, k)
        rows.append(found.row + start)
        scores.append(found.score)
    if not rows:
        return np.empty((len(queries), 0), np.int64)
    row, score = np.concatenate(rows, axis=1), np.concatenate(scores, axis=1)
    order = np.argsort(-score, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(row, order, axis=1)


def to_bits(vectors: Vectors, middle: NDArray[np.float32]) -> NDArray[np.uint8]:
    """One bit a number [N, ceil(D / 8)]: whether it is above ``middle`` [D], a stored mean, never that of the batch."""
    return np.packbits(vectors > middle, axis=1)


def search_bits(
    bits: NDArray[np.uint8], queries: NDArray[np.uint8], k: int, *, truth: Vectors, vectors: Vectors, wider: int = 16
) -> Neighbours:
    """The ``k`` best of the ``k * wider`` rows with the fewest differing bits, compared by the vectors in ``truth``.

    Args:
        bits: [N, B] of the rows.
        queries: [Q, B], the bits of ``vectors`` [Q, D].
        k: at least 1.
        truth: [N, D] float32.
        vectors: the queries themselves.
        wider: how many times ``k`` are compared by their vectors.
    """
    if k < 1:
        raise BadDataError(f"k={k}: at least 1")
    count = min(k * wider + SPARE, len(bits))
    candidates = np.empty((len(queries), count), np.int64)
    for number, query in enumerate(queries):
        distance = np.empty(len(bits), np.uint32)
        step = block_rows(max(1, bits.shape[1] // 4))
        for start in range(0, len(bits), step):
            differing = np.bitwise_xor(bits[start : start + step], query)
            distance[start : start + step] = _ones(differing).sum(axis=1, dtype=np.uint32)
        candidates[number] = np.argsort(distance, kind="stable")[:count]
    return rescored(candidates, truth, vectors, k)


def rescored(candidates: NDArray[np.int64], truth: Vectors, queries: Vectors, k: int) -> Neighbours:
    """The ``k`` best of the candidates [Q, C] by the inner products of the true vectors."""
    rows, scores = [], []
    for numbers, query in zip(candidates, queries, strict=True):
        chosen = np.sort(numbers)
        found = top_k(truth, query[None], k, rows=chosen)
        rows.append(found.row[0])
        scores.append(found.score[0])
    width = min(k, candidates.shape[1])
    return Neighbours(np.array(rows, np.int64).reshape(-1, width), np.array(scores).reshape(-1, width))


def _ones(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    # Since NumPy 2.0 the processor counts.
    return np.bitwise_count(values) if hasattr(np, "bitwise_count") else _ONES[values]
