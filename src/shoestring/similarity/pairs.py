"""All pairs above a threshold, in tiles: what is kept is bounded even when every row is a duplicate of every other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from shoestring.core.errors import BadDataError
from shoestring.similarity.search import Vectors

TILE = 2048
"""Rows on each side of a tile: 16 MiB of scores."""
GRID = float(2**20)
"""Scores are multiples of 1 / GRID (about 1e-6), the size of their float32 rounding: equal rows then tie exactly."""
MOST_PAIRS = 1_000_000
LEVELS = 16
PENDING = 2_000_000
CROWDED = 200_000

Numbers = NDArray[np.int64]
Scores = NDArray[np.float64]
Forest = tuple[Numbers, Numbers, Scores]
"""Ends and similarity of every edge, most similar first."""
Tick = Callable[[int, int], None]
"""Is told how many of how many tiles are done."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of different rows, most similar first; equal scores by row numbers."""

    first: Numbers
    """[P], each below its ``second``."""
    second: Numbers
    score: Scores
    total: int
    """Pairs at the threshold or above, also those that are not listed."""

    @property
    def truncated(self) -> bool:
        """Whether only the most similar pairs are listed."""
        return self.total > len(self.first)


def pairs_above(vectors: Vectors, threshold: float, *, at_most: int = MOST_PAIRS, tick: Tick | None = None) -> Pairs:
    """The pairs with an inner product of ``threshold`` or more: the ``at_most`` best, and how many there are in all.

    Args:
        vectors: [N, D], such as a memory map.
        threshold: on the inner product; -inf for all pairs.
        at_most: memory grows with this and not with the number of pairs.
        tick: see ``Tick``.
    """
    best = _Best(len(vectors), threshold, at_most)
    for tile in _tiles(vectors, tick):
        best.look(tile)
    return best.pairs()


def closest_pair(vectors: Vectors, *, tick: Tick | None = None) -> tuple[int, int, float]:
    """The two most similar of two or more rows, and their inner product. Raises BadDataError for fewer rows."""
    if len(vectors) < 2:
        raise BadDataError(f"{len(vectors)} rows have no most similar pair")
    found = (0, 1, -np.inf)
    for tile in _tiles(vectors, tick):
        place = int(tile.scores.argmax())
        value = float(tile.scores.flat[place])
        if value > found[2]:
            found = (tile.start + place // tile.scores.shape[1], tile.other + place % tile.scores.shape[1], value)
    return found


def nearest_forest(vectors: Vectors, threshold: float = -np.inf, *, tick: Tick | None = None) -> Forest:
    """The spanning forest of greatest similarity over pairs of ``threshold`` or more: single linkage in O(N) memory."""
    return pairs_and_forest(vectors, threshold, at_most=0, tick=tick)[1]


def pairs_and_forest(
    vectors: Vectors, threshold: float, *, listed: float | None = None, at_most: int = MOST_PAIRS,
    tick: Tick | None = None,
) -> tuple[Pairs, Forest]:  # fmt: skip
    """Both in one pass. The forest rests on all pairs of ``threshold`` or more, also those that the list leaves out.

    Memory is bounded by the rows, a tile and ``at_most``. Time is that of the products where few pairs pass the
    threshold; a pair that passes costs some thirty times its product, unless it is an equal of what the list has
    enough of already and joins what is joined, as in a collection of equal rows.

    Args:
        listed: list and count pairs from here on; ``threshold`` if absent.
    """
    best = _Best(len(vectors), threshold if listed is None else listed, at_most)
    forest = _Forest(len(vectors), threshold)
    for tile in _tiles(vectors, tick):
        best.look(tile)
        forest.look(tile)
    return best.pairs(), forest.edges()


class _Tile(NamedTuple):
    """Inner products of some rows with some rows."""

    start: int
    """Row of the first line."""
    other: int
    """Row of the first column."""
    scores: NDArray[np.float32]
    """[A, B]; -inf where the pair is not above the diagonal."""

    def pairs(self, chosen: NDArray[np.bool_]) -> Forest:
        """The chosen pairs [A, B] with their scores on the grid."""
        flat = np.flatnonzero(chosen)
        score = np.rint(self.scores.ravel()[flat].astype(np.float64) * GRID) / GRID
        row, column = np.divmod(flat, self.scores.shape[1])
        return row + self.start, column + self.other, score


def _tiles(vectors: Vectors, tick: Tick | None) -> Iterator[_Tile]:
    """Every tile that reaches above the diagonal."""
    starts = range(0, len(vectors), TILE)
    tiles, done = len(starts) * (len(starts) + 1) // 2, 0
    for start in starts:
        left = np.ascontiguousarray(vectors[start : start + TILE])
        for other in range(start, len(vectors), TILE):
            scores = left @ vectors[other : other + TILE].T
            if other == start:
                scores[np.tri(*scores.shape, dtype=np.bool_)] = -np.inf
            yield _Tile(start, other, scores)
            done += 1
            if tick is not None:
                tick(done, tiles)


def _below(score: float) -> np.float32:
    """What is greater than this is ``score`` or more on the grid."""
    if not np.isfinite(score):
        return np.float32(-np.finfo(np.float32).max)
    return np.float32((np.rint(score * GRID) - 0.5) / GRID)


class _Best:
    """The most similar pairs seen so far, with a floor that rises once there are enough."""

    def __init__(self, rows: int, lowest: float, at_most: int) -> None:
        self.rows, self.lowest, self.at_most, self.total = rows, _below(lowest), at_most, 0
        self._kept: list[Forest] = []
        self._size = 0
        self._worst: tuple[float, int] | None = None
        """Score and place of the last pair of a full list."""

    def look(self, tile: _Tile) -> None:
        chosen = tile.scores > self.lowest
        self.total += int(np.count_nonzero(chosen))
        if not self.at_most:
            return
        if self._worst is not None:
            # Of pairs as good as the last one only those that come before it: elsewhere they need to be better.
            floor, place = self._worst
            chosen = tile.scores > _below(floor + 1 / GRID)
            early = max(place // self.rows - tile.start + 1, 0)
            chosen[:early] = tile.scores[:early] > _below(floor)
        if chosen.any():
            self._kept.append(tile.pairs(chosen))
            self._size += len(self._kept[-1][2])
            if self._size > 2 * self.at_most + PENDING:
                self._reduce()

    def _reduce(self) -> Forest:
        if not self._kept:
            return _nothing()
        first, second, score = (np.concatenate(parts) for parts in zip(*self._kept, strict=True))
        if len(score) > self.at_most:
            limit = np.partition(score, len(score) - self.at_most)[len(score) - self.at_most]
            better, equal = np.flatnonzero(score > limit), np.flatnonzero(score == limit)
            needed = self.at_most - len(better)
            places = first[equal] * self.rows + second[equal]
            chosen = np.concatenate([better, equal[np.argpartition(places, needed - 1)[:needed]]])
            first, second, score = first[chosen], second[chosen], score[chosen]
        order = np.lexsort((second, first, -score))
        best = first[order], second[order], score[order]
        self._kept, self._size = [best], len(order)
        if len(order) == self.at_most:
            self._worst = float(best[2][-1]), int(best[0][-1]) * self.rows + int(best[1][-1])
        return best

    def pairs(self) -> Pairs:
        return Pairs(*self._reduce(), self.total)


class _Forest:
    """The spanning forest of the pairs seen so far; pairs that cannot be part of it are dropped before they cost."""

    def __init__(self, rows: int, lowest: float) -> None:
        self.rows, self.lowest = rows, _below(lowest)
        self._tree = _nothing()
        self._waiting: list[Forest] = []
        self._size = 0
        self._level = np.empty(0)
        self._label = np.empty((0, rows), np.int32)

    def look(self, tile: _Tile) -> None:
        chosen = tile.scores > self.lowest
        if len(self._level):
            # Most of what is equal is already joined at the highest level; it is left out before it is listed.
            height, width = tile.scores.shape
            lines, columns = self._label[-1, tile.start :][:height], self._label[-1, tile.other :][:width]
            joined = lines[:, None] == columns[None]
            chosen &= ~(joined & (tile.scores <= _below(self._level[-1] + 1 / GRID)))
        if not chosen.any():
            return
        first, second, score = self._useful(*tile.pairs(chosen))
        if len(score) > CROWDED:
            # The best pair of every row is in the forest of this tile; next to those most others are useless.
            lead = _leading(first, second, score)
            self._wait(first[lead], second[lead], score[lead])
            self._reduce()
            first, second, score = self._useful(first[~lead], second[~lead], score[~lead])
        self._wait(first, second, score)
        if self._size > PENDING:
            self._reduce()

    def edges(self) -> Forest:
        self._reduce()
        first, second, score = self._tree
        order = np.lexsort((second, first, -score))
        return first[order], second[order], score[order]

    def _wait(self, first: Numbers, second: Numbers, score: Scores) -> None:
        if len(score):
            self._waiting.append((first, second, score))
            self._size += len(score)

    def _useful(self, first: Numbers, second: Numbers, score: Scores) -> Forest:
        """Without pairs whose ends are already joined by edges that are all at least as similar."""
        if not len(self._level):
            return first, second, score
        level = np.searchsorted(self._level, score)
        known = level < len(self._level)
        row = np.minimum(level, len(self._level) - 1)
        useful = ~(known & (self._label[row, first] == self._label[row, second]))
        return first[useful], second[useful], score[useful]

    def _reduce(self) -> None:
        if not self._waiting:
            return
        first, second, score = (np.concatenate(parts) for parts in zip(self._tree, *self._waiting, strict=True))
        self._waiting, self._size = [], 0
        # Cheapest edges are kept, and an edge of weight zero would be no edge.
        cost = coo_array((3 * max(1.0, np.abs(score).max()) - score, (first, second)), shape=(self.rows, self.rows))
        tree = minimum_spanning_tree(cost.tocsr()).tocoo()
        ends = tree.row.astype(np.int64) * self.rows + tree.col
        here = first * self.rows + second
        order = np.argsort(here)
        kept = order[np.searchsorted(here, np.sort(ends), sorter=order)]
        self._tree = first[kept], second[kept], score[kept]
        self._level = np.unique(np.quantile(self._tree[2], np.linspace(0, 1, LEVELS), method="lower"))
        self._label = np.stack([self._components(level) for level in self._level])

    def _components(self, level: float) -> NDArray[np.int32]:
        first, second, score = self._tree
        chosen = score >= level
        graph = coo_array((chosen[chosen], (first[chosen], second[chosen])), shape=(self.rows, self.rows))
        return np.asarray(connected_components(graph, directed=False)[1], np.int32)


def _leading(first: Numbers, second: Numbers, score: Scores) -> NDArray[np.bool_]:
    """Whether a pair is the best of one of its ends."""
    order = np.argsort(-score, kind="stable")
    lead = np.zeros(len(score), np.bool_)
    for end in (first, second):
        lead[order[np.unique(end[order], return_index=True)[1]]] = True
    return lead


def _nothing() -> Forest:
    return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
