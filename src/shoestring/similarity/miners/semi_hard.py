"""The nearest negative that is farther than the positive."""

from typing import Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.similarity.mined_hinge import Mined

DENSE = 4
"""Up to this many positives a pass over all negatives for each is quicker than a search."""


@component
class SemiHard:
    r"""Schroff, Kalenichenko & Philbin 2015 (FaceNet), section 3.2, eq. 4: one negative for each anchor-positive pair.

    It is the nearest with :math:`d_{ap} < d_{an} < d_{ap} + m`. The article does not say what happens to a pair that
    has none; libraries differ, so it is a setting. O(B^2 log P) time: with the P positives of an anchor sorted, a
    binary search puts each negative behind the last positive that it is farther than, and the nearest of each place
    and of all places behind it is the one wanted.
    """

    kind: Literal["semi-hard"] = "semi-hard"
    otherwise: Literal["drop", "farthest"] = "drop"
    """For a pair without one: leave it out, or take the farthest negative and average over all pairs."""

    def __call__(self, near: Tensor, far: Tensor, margin: float) -> Mined:
        """One negative a pair; see :class:`shoestring.similarity.mined_hinge.Mine`."""
        distance, place = (_compared if near.shape[1] <= DENSE else _searched)(near, far)
        pair = near > -torch.inf
        counted = pair & (distance < near + margin)
        if self.otherwise == "farthest":
            last = far.masked_fill(far == torch.inf, -torch.inf).max(dim=1, keepdim=True)
            place = torch.where(counted, place, last.indices)
            active = counted | (pair & (last.values < near + margin))
            counted = pair
        else:
            active = counted
        weights = active.to(far.dtype)
        return Mined(weights, torch.zeros_like(far).scatter_add_(1, place, weights), counted.sum())


def _compared(near: Tensor, far: Tensor) -> tuple[Tensor, Tensor]:
    """For each of ``near`` [A, P] the least of ``far`` [A, B] above it, inf where there is none, and its column."""
    found = [far.masked_fill(far <= distance[:, None], torch.inf).min(dim=1) for distance in near.unbind(dim=1)]
    return torch.stack([one.values for one in found], dim=1), torch.stack([one.indices for one in found], dim=1)


def _searched(near: Tensor, far: Tensor) -> tuple[Tensor, Tensor]:
    """The same by sorting and searching."""
    anchors, positives = near.shape
    ordered, order = near.sort(dim=1)
    passed = torch.searchsorted(ordered, far)
    nearest = far.new_full((anchors, positives + 1), torch.inf).scatter_reduce_(1, passed, far, "amin")
    row, column = torch.nonzero(far == nearest.gather(1, passed), as_tuple=True)
    where = torch.zeros_like(nearest, dtype=torch.int64)
    where[row, passed[row, column]] = column
    # Place k holds what is farther than k positives: for positive k, the least of places k + 1 and beyond.
    least = nearest[:, 1:].flip(1).cummin(dim=1)
    columns = where[:, 1:].flip(1).gather(1, least.indices).flip(1)
    back = torch.empty_like(order).scatter_(1, order, torch.arange(positives, device=far.device).expand_as(order))
    return least.values.flip(1).gather(1, back), columns.gather(1, back)
