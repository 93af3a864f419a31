r"""Dynamic time warping: exact alignment by the library dtaidistance (C), and its smooth form for training.

.. math:: D_{ij} = c(a_i, b_j) + \min(D_{i-1,j-1}, D_{i-1,j}, D_{i,j-1})

The cost of a step is the Euclidean distance of the two samples (:math:`c = |a_i - b_j|`, the default) or its square, in
which case the root of the sum is returned. Soft-DTW (Cuturi & Blondel 2017, eq. 1 and algorithms 1 and 2) replaces the
minimum by :math:`-\gamma \ln \sum e^{-\cdot / \gamma}` and so has a gradient everywhere.

Soft-DTW is our own: the compiled loop of tslearn takes half the processor time (``benchmarks/signatures.py``)
but one length for a whole batch, and it brings numba with it.
"""

from functools import cache
from types import ModuleType
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from shoestring.core.errors import MissingExtraError

Floats = NDArray[np.float64]
StepCost = Literal["euclidean", "squared"]
_INNER: dict[StepCost, int] = {"squared": 0, "euclidean": 1}


def distance(left: Floats, right: Floats, cost: StepCost = "euclidean") -> float:
    """DTW distance of two series, C-contiguous float64 [N] or [N, D] and [M] or [M, D]; it grows with their length.

    Raises MissingExtraError without dtaidistance.
    """
    library = _library()
    measure = library.distance if left.ndim == 1 else library.distance_ndim
    return float(measure(left, right, inner_dist=_INNER[cost]))


def path(left: Floats, right: Floats, cost: StepCost = "euclidean") -> NDArray[np.int64]:
    """The cheapest alignment as index pairs [P, 2], from (0, 0) to (N - 1, M - 1); arguments as of :func:`distance`."""
    library = _library()
    if left.ndim == 1:
        return np.array(library.warping_path(left, right, inner_dist=_INNER[cost]), dtype=np.int64)
    # Without the width the library aligns only part of the numbers, and says nothing.
    steps = library.warping_path_ndim(left, right, ndim=left.shape[1], inner_dist=_INNER[cost])
    return np.array(steps, dtype=np.int64)


@cache
def _library() -> ModuleType:
    try:
        from dtaidistance import dtw_cc
    except ImportError as error:
        raise MissingExtraError("dtaidistance", "sign") from error
    library: ModuleType = dtw_cc
    return library


def step_costs(left: Tensor, right: Tensor) -> Tensor:
    """Squared Euclidean step costs [B, N, M] of series [B, N, D] and [B, M, D], differentiable."""
    return (left[:, :, None] - right[:, None]).square().sum(dim=-1)


def soft_dtw(costs: Tensor, rows: Tensor, columns: Tensor, gamma: float = 1.0) -> Tensor:
    """Soft-DTW values [B] of step costs [B, N, M], differentiable; it can be negative.

    ``rows``, ``columns``: int64 [B], the lengths within the padded matrix, each at least 1. Tends to the plain sum of
    squared costs along the best path as ``gamma`` > 0 tends to 0.
    """
    if gamma <= 0:
        raise ValueError(f"gamma={gamma}: must be above 0")
    value: Tensor = _SoftDtw.apply(costs, rows, columns, gamma)
    return value


class _SoftDtw(torch.autograd.Function):
    """Whole batches, one anti-diagonal at a time: O(N + M) tensor operations instead of a loop over cells."""

    @staticmethod
    def forward(context: Any, costs: Tensor, rows: Tensor, columns: Tensor, gamma: float) -> Tensor:
        batch, n, m = costs.shape
        # Rows of the skewed table are anti-diagonals i + j: all three predecessors lie in the two rows before. It holds
        # -D / gamma, of which the soft minimum is a plain sum of exponentials.
        skewed = _skew(costs.detach() / -gamma)
        table = costs.new_full((n + m + 1, batch, n + 1), -torch.inf)
        table[0, :, 0] = 0
        for diagonal in range(n + m - 1):
            corner, edge = table[diagonal, :, :-1], table[diagonal + 1]
            reached = torch.logaddexp(torch.logaddexp(corner, edge[:, :-1]), edge[:, 1:])
            torch.add(reached, skewed[diagonal], out=table[diagonal + 2, :, 1:])
        context.save_for_backward(skewed, table, rows, columns)
        context.shape = (n, m)
        return -gamma * table[rows + columns, torch.arange(batch, device=costs.device), rows]

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        skewed, table, rows, columns = context.saved_tensors
        n, m = context.shape
        # share[d, b, i]: derivative of the value by the cell (i, d - i), from the end of each pair back to its start.
        share = torch.zeros_like(table[:, :, 1:])
        share[rows + columns, torch.arange(len(rows), device=table.device), rows - 1] = 1.0
        # To (i + 1, j + 1), (i + 1, j) and (i, j + 1), as steps in the anti-diagonal and in the row.
        moves = [(ahead, down, _chosen(table, skewed, ahead, down)) for ahead, down in ((2, 1), (1, 1), (1, 0))]
        for diagonal in range(n + m - 1, 1, -1):
            for ahead, down, weight in moves:
                if diagonal + ahead <= n + m:
                    share[diagonal, :, : n - down] += share[diagonal + ahead, :, down:] * weight[diagonal - 2]
        return _unskew(share[2:], m) * gradients[0][:, None, None], None, None, None


def _chosen(table: Tensor, skewed: Tensor, ahead: int, down: int) -> Tensor:
    """How much each cell from the third row of ``table`` on is what its successor's soft minimum chose, in [0, 1]."""
    rows = table.shape[2] - 1
    later, here = table[2 + ahead :, :, 1 + down :], table[2 : len(table) - ahead, :, 1 : rows + 1 - down]
    # The successor's value without the cost of its own step is the soft minimum that it took.
    weight = torch.exp(here + skewed[ahead:, :, down:] - later)
    return torch.where(torch.isfinite(later) & torch.isfinite(here), weight, 0)


def _skew(costs: Tensor) -> Tensor:
    """[B, N, M] -> [N + M - 1, B, N] with cell (i, j) at row i + j, minus infinity elsewhere."""
    batch, n, m = costs.shape
    skewed = costs.new_full((n + m - 1, batch, n), -torch.inf)
    i, j = torch.arange(n)[:, None], torch.arange(m)[None]
    skewed[i + j, :, i] = costs.permute(1, 2, 0)
    return skewed


def _unskew(skewed: Tensor, m: int) -> Tensor:
    n = skewed.shape[2]
    i, j = torch.arange(n)[:, None], torch.arange(m)[None]
    return skewed[i + j, :, i].permute(2, 0, 1)
