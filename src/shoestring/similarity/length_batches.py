"""Batches of texts of like length: the paper's smart batching, for training as well as for encoding.

A batch costs rows times its longest text, whatever the others need. Sorting by the number of *tokens* and cutting where
that product reaches a budget keeps the waste small and the cost of a batch even.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.component import component


def cut_by_budget(
    lengths: NDArray[np.integer], budget: int, most: int, *, padded: bool = True
) -> list[NDArray[np.int64]]:
    """Places of [N] ``lengths`` in batches, shortest first: rows x longest <= ``budget`` and at most ``most`` rows.

    Where nothing is ``padded``, the sum of the lengths takes the place of rows x longest. A text that is longer than
    the budget is a batch of its own.
    """
    order = np.argsort(lengths, kind="stable")
    ordered = np.maximum(np.asarray(lengths)[order], 1)
    batches, start = [], 0
    while start < len(order):
        end, used = start + 1, int(ordered[start])
        while end < len(order) and end - start < most:
            used = (end - start + 1) * int(ordered[end]) if padded else used + int(ordered[end])
            if used > budget:
                break
            end += 1
        batches.append(order[start:end])
        start = end
    return batches


def padding_waste(lengths: NDArray[np.integer], batches: Sequence[NDArray[np.int64]]) -> float:
    """Share of what is computed that is padding: 1 - tokens / sum over batches of rows x longest; 0 for nothing."""
    computed = sum(len(rows) * int(np.max(lengths[rows], initial=0)) for rows in batches)
    return 1 - sum(int(np.sum(lengths[rows])) for rows in batches) / computed if computed else 0.0


@component
class LengthBatches:
    """How training batches are put together."""

    rows: int = 32
    """At most so many in a batch."""
    tokens: int = 100_000
    """At most so many tokens in a batch, padding counted, all texts of a row together."""
    pool: int = 32
    """Batches that are sorted by length together: 1 does not sort, and many leave little to chance."""

    def __post_init__(self) -> None:
        if min(self.rows, self.tokens, self.pool) < 1:
            raise ValueError(f"rows={self.rows}, tokens={self.tokens}, pool={self.pool}: all are at least 1")

    def sampler(self, lengths: NDArray[np.integer], rng: np.random.Generator) -> "LengthSampler":
        """For rows of ``lengths`` tokens, [N] or [N, texts of a row]."""
        return LengthSampler(self, lengths, rng)


class LengthSampler:
    """Endless batches of row numbers; each round shows every row once."""

    def __init__(self, mix: LengthBatches, lengths: NDArray[np.integer], rng: np.random.Generator) -> None:
        table = np.asarray(lengths).reshape(len(lengths), -1)
        # Each text of a row is padded to the longest of its own column, so what a batch costs is the sum of those;
        # the longest of the row times the columns is a bound of it that sorts.
        self._lengths = table.max(axis=1) * table.shape[1]
        self._mix, self._rng = mix, rng
        self._queue: list[NDArray[np.int64]] = []

    def draw(self) -> NDArray[np.int64]:
        """The next batch."""
        if not self._queue:
            order = self._rng.permutation(len(self._lengths))
            size = self._mix.rows * self._mix.pool
            batches = [
                part[rows]
                for part in (order[i : i + size] for i in range(0, len(order), size))
                for rows in self._cut(self._lengths[part])
            ]
            # Long and short batches in turn at random: sorted ones would be a curriculum that nobody asked for.
            self._queue = [batches[i] for i in self._rng.permutation(len(batches))]
        return self._queue.pop(0)

    @property
    def rounds_left(self) -> int:
        """Batches that are left of this round."""
        return len(self._queue)

    def state_dict(self) -> dict[str, Any]:
        """What is left of this round; the random stream is the run's."""
        return {
            "rows": np.concatenate([*self._queue, np.zeros(0, dtype=np.int64)]),
            "sizes": np.array([len(rows) for rows in self._queue], dtype=np.int64),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put back what :meth:`state_dict` gave."""
        ends = np.cumsum(np.asarray(state["sizes"], dtype=np.int64))
        parts = np.split(np.asarray(state["rows"], dtype=np.int64), ends[:-1]) if len(ends) else []
        self._queue = [part for part in parts if len(part)]

    def _cut(self, lengths: NDArray[np.integer]) -> list[NDArray[np.int64]]:
        if self._mix.pool == 1:
            lengths_in_order = np.full(len(lengths), int(np.max(lengths, initial=1)))
            return cut_by_budget(lengths_in_order, self._mix.tokens, self._mix.rows)
        return cut_by_budget(lengths, self._mix.tokens, self._mix.rows)
