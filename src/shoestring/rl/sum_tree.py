"""A binary tree of sums: draw in proportion to weights that change, many at a time."""

import numpy as np


class SumTree:
    """Weights of ``capacity`` rows, all zero at first; every node holds the sum of its two children.

    Changing or finding m rows takes ``log2(capacity)`` array operations on m numbers. A parent is added up from its
    children anew, so that rounding does not pile up.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity={capacity}: at least 1")
        self._capacity, self._depth = capacity, max(1, (capacity - 1).bit_length())
        self._first = 1 << self._depth
        self._tree = np.zeros(2 * self._first)

    @property
    def total(self) -> float:
        """The sum of all weights."""
        return float(self._tree[1])

    @property
    def leaves(self) -> np.ndarray:
        """The weights [capacity], as a view."""
        return self._tree[self._first : self._first + self._capacity]

    def __getitem__(self, index: np.ndarray) -> np.ndarray:
        return self.leaves[index]

    def put(self, index: np.ndarray, weight: np.ndarray) -> None:
        """Set the weights of rows ``index`` [m]; where a row is named twice, the last counts."""
        self.leaves[index] = weight
        node = index + self._first
        for _ in range(self._depth):
            node = node >> 1
            self._tree[node] = self._tree[2 * node] + self._tree[2 * node + 1]

    def find(self, mass: np.ndarray) -> np.ndarray:
        """The rows [m] in whose share of ``0 .. total`` each ``mass`` [m] falls; never a row of weight zero."""
        node, left_over = np.ones(len(mass), dtype=np.int64), mass.copy()
        for _ in range(self._depth):
            left = self._tree[2 * node]
            right = (left_over >= left) & (self._tree[2 * node + 1] > 0)
            left_over -= np.where(right, left, 0.0)
            node = 2 * node + right
        return node - self._first
