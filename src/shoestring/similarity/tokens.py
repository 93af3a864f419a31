"""Token numbers of many texts in one flat array: padding, if any, is decided when a batch is made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Tokens:
    """Text i is ``ids[starts[i] : starts[i + 1]]``; a text may be empty."""

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    """[N + 1], from 0."""

    @classmethod
    def of(cls, lists: Iterable[Sequence[int]]) -> "Tokens":
        """From one list of numbers a text."""
        kept = list(lists)
        starts = np.zeros(len(kept) + 1, dtype=np.int64)
        np.cumsum([len(one) for one in kept], out=starts[1:])
        ids = np.fromiter((number for one in kept for number in one), dtype=np.int32, count=int(starts[-1]))
        return cls(ids, starts)

    @classmethod
    def joined(cls, parts: Sequence["Tokens"]) -> "Tokens":
        """The texts of all parts behind one another."""
        lengths = np.concatenate([part.lengths for part in parts])
        return cls(np.concatenate([part.ids for part in parts]), np.concatenate([[0], np.cumsum(lengths)]))

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """[N] tokens of each text."""
        return np.diff(self.starts)

    def __getitem__(self, part: slice) -> "Tokens":
        return self.take(np.arange(len(self))[part])

    def take(self, rows: NDArray[np.integer]) -> "Tokens":
        """The texts at places ``rows``, in that order."""
        lengths = self.lengths[rows]
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(lengths, out=starts[1:])
        places = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return Tokens(self.ids[places], starts)

    def padded(self, fill: int = 0) -> tuple[Tensor, Tensor]:
        """``ids`` int64 [N, L] with ``fill`` behind the end, and bool [N, L], true where there is a token; L >= 1."""
        lengths = self.lengths
        inside = np.arange(max(int(lengths.max(initial=0)), 1)) < lengths[:, None]
        table = np.full(inside.shape, fill, dtype=np.int64)
        table[inside] = self.ids
        return torch.from_numpy(table), torch.from_numpy(inside)
