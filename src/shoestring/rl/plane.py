"""Squared bias and variance of many estimates of one thing, from sums: the plane of the estimator laboratory."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Point:
    """One estimator; all three are relative to the squared length of what is estimated."""

    bias: float
    """Squared bias. Sampling noise is subtracted, so it can come out a little below 0."""
    error: float
    """Standard error of ``bias`` by leaving out one block after the other."""
    variance: float
    """Sum of the variances of all components, of one estimate."""

    @property
    def mse(self) -> float:
        """Mean squared error of one estimate."""
        return self.bias + self.variance


class Tally:
    """Sums over blocks of estimates; all that a checkpoint needs."""

    def __init__(self, estimators: int, blocks: int, size: int) -> None:
        self.sum = np.zeros((blocks, estimators, size))
        self.square = np.zeros((blocks, estimators))
        self.count = np.zeros(blocks, dtype=np.int64)

    def add(self, block: int, index: int, estimates: np.ndarray) -> None:
        """Estimates [R, ...] of estimator ``index`` in ``block``."""
        flat = estimates.reshape(len(estimates), -1)
        self.sum[block, index], self.square[block, index] = flat.sum(axis=0), np.square(flat).sum()
        self.count[block] = len(flat)

    def mean(self, index: int) -> np.ndarray:
        """Of all estimates of one estimator [size]."""
        mean: np.ndarray = self.sum[:, index].sum(axis=0) / self.count.sum()
        return mean

    def point(self, index: int, target: np.ndarray) -> Point:
        """Where an estimator of ``target`` lies. Needs two blocks at least for the error, else it is infinite."""
        used = np.flatnonzero(self.count)
        bias, variance = self._moments(index, used, target.reshape(-1))
        left_out = [self._moments(index, used[used != block], target.reshape(-1))[0] for block in used]
        n = len(used)
        error = np.sqrt((n - 1) / n * np.square(np.array(left_out) - np.mean(left_out)).sum()) if n > 1 else np.inf
        scale = float(np.square(target).sum())
        return Point(bias / scale, float(error) / scale, variance / scale)

    def _moments(self, index: int, blocks: np.ndarray, target: np.ndarray) -> tuple[float, float]:
        count = int(self.count[blocks].sum())
        if count < 2:
            return float("nan"), float("nan")
        mean = self.sum[blocks, index].sum(axis=0) / count
        variance = (self.square[blocks, index].sum() - count * np.square(mean).sum()) / (count - 1)
        # The squared distance of the mean holds its own variance; without this noise would look like bias.
        return float(np.square(mean - target).sum() - variance / count), float(variance)

    def state_dict(self) -> dict[str, Any]:
        return {"sum": self.sum.copy(), "square": self.square.copy(), "count": self.count.copy()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if state["sum"].shape != self.sum.shape:
            raise ValueError(f"sums of shape {state['sum'].shape} do not fit {self.sum.shape}")
        self.sum, self.square, self.count = (state[name].copy() for name in ("sum", "square", "count"))
