"""Grouping: the tree of merges, and what every threshold makes of it."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shoestring.core.errors import BadDataError
from shoestring.similarity.pairs import nearest_forest
from shoestring.similarity.search import Vectors

Linkage = Literal["single", "average", "complete"]
MOST_ROWS = 20_000
"""Average and complete linkage need all similarities at once, 4 N^2 bytes: 1.6 GB at this number."""


@dataclass(frozen=True)
class Curve:
    """How many groups there are at each threshold, for a slider that needs no further computation."""

    threshold: NDArray[np.float64]
    """[T] from high to low: the similarities at which something merges."""
    groups: NDArray[np.int64]
    """[T] groups with two or more members."""
    grouped: NDArray[np.int64]
    """[T] rows within them."""
    largest: NDArray[np.int64]
    """[T] members of the largest; 1 where nothing is grouped."""

    def at(self, threshold: float) -> tuple[int, int, int]:
        """Groups, grouped rows and the largest group where pairs of ``threshold`` and above are joined."""
        place = int(np.searchsorted(-self.threshold, -threshold, side="right")) - 1
        if place < 0:
            return 0, 0, 1
        return int(self.groups[place]), int(self.grouped[place]), int(self.largest[place])

    def thinned(self, most: int) -> dict[str, Any]:
        """At most ``most`` (2 or more) points for JSON, the first and the last among them; ``complete`` if all are."""
        count = len(self.threshold)
        chosen = np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(int)) if count else slice(0)
        return {
            "threshold": self.threshold[chosen].tolist(), "groups": self.groups[chosen].tolist(),
            "grouped": self.grouped[chosen].tolist(), "largest": self.largest[chosen].tolist(),
            "complete": count <= most,
        }  # fmt: skip


@dataclass(frozen=True)
class Tree:
    """Merges from the most similar to the least: joining ``first`` and ``second`` joins the groups they are in then."""

    rows: int
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    similarity: NDArray[np.float64]
    """Never increasing."""

    def cut(self, *, threshold: float | None = None, count: int | None = None) -> NDArray[np.int64]:
        """The group [N] of every row, numbered by first appearance.

        Args:
            threshold: join what merges at this similarity or above.
            count: stop at this number of groups; more remain where the tree has fewer merges.

        Raises:
            BadDataError: unless exactly one of the two is given, and count is between 1 and the number of rows.
        """
        if (threshold is None) == (count is None):
            raise BadDataError("give either a threshold or a number of groups")
        if threshold is not None:
            merges = int(np.searchsorted(-self.similarity, -threshold, side="right"))
        else:
            assert count is not None
            if not 1 <= count <= self.rows:
                raise BadDataError(f"count={count}: from 1 to {self.rows}, the number of rows")
            merges = min(self.rows - count, len(self.first))
        ends = (self.first[:merges], self.second[:merges])
        graph = coo_array((np.ones(merges, np.int8), ends), shape=(self.rows, self.rows))
        return by_appearance(connected_components(graph, directed=False)[1])

    def curve(self) -> Curve:
        """What every threshold makes of the tree, in one pass over its merges."""
        parent, size = list(range(self.rows)), [1] * self.rows
        groups = grouped = 0
        largest = 1
        table = np.empty((len(self.first), 3), np.int64)
        for step, (left, right) in enumerate(zip(self.first.tolist(), self.second.tolist(), strict=True)):
            one, other = _root(parent, left), _root(parent, right)
            if one != other:
                small, big = sorted((one, other), key=lambda root: size[root])
                grouped += (size[small] == 1) + (size[big] == 1)
                groups += 1 - (size[small] > 1) - (size[big] > 1)
                parent[small] = big
                size[big] += size[small]
                largest = max(largest, size[big])
            table[step] = groups, grouped, largest
        # Of merges at one similarity only the state after the last of them can be seen.
        last = np.append(np.diff(self.similarity) != 0, True)[: len(self.similarity)]
        return Curve(self.similarity[last], *table[last].T)


def agglomerate(vectors: Vectors, linkage: Linkage = "average") -> Tree:
    """Merge unit vectors [N, D] bottom-up by cosine.

    ``single`` joins groups by their most similar pair, ``complete`` by their least similar, ``average`` by the mean
    over pairs. Single linkage works in blocks and takes memory for the rows only; for the others see ``MOST_ROWS``.

    Raises:
        BadDataError: too many rows for average or complete linkage.
    """
    count = len(vectors)
    if linkage == "single" or count < 2:
        first, second, similarity = nearest_forest(vectors)
        return Tree(count, first, second, similarity)
    if count > MOST_ROWS:
        raise BadDataError(
            f"{linkage} linkage of {count:,} rows would need {4 * count**2 / 2**30:.0f} GB; "
            f"up to {MOST_ROWS:,} rows, or linkage single"
        )
    wide = np.asarray(vectors, np.float32)
    upper = np.concatenate([1 - wide[row + 1 :] @ wide[row] for row in range(count)]).astype(np.float64)
    merges = hierarchy.linkage(np.maximum(upper, 0, out=upper), method=linkage)
    # A group stands for the first row that is in it.
    member = np.concatenate([np.arange(count), np.empty(len(merges), np.int64)])
    for step, (left, right) in enumerate(merges[:, :2].astype(np.int64)):
        member[count + step] = min(member[left], member[right])
    ends = member[merges[:, :2].astype(np.int64)]
    return Tree(count, ends[:, 0], ends[:, 1], 1 - merges[:, 2])


def by_appearance(labels: NDArray[Any]) -> NDArray[np.int64]:
    """The same grouping with groups numbered 0, 1, ... in the order in which they appear."""
    _, begins, inverse = np.unique(labels, return_index=True, return_inverse=True)
    number = np.empty(len(begins), np.int64)
    number[np.argsort(begins)] = np.arange(len(begins))
    return number[inverse]


def _root(parent: list[int], row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row
