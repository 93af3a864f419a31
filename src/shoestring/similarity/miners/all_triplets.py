"""Every triplet of the batch that violates the margin."""

from typing import Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.similarity.mined_hinge import Mined

DENSE = 8
"""Up to this many positives comparing each with all negatives is quicker than a search."""


@component
class AllTriplets:
    """All triplets, averaged over those that cost something ("batch all", Hermans, Beyer & Leibe 2017, section 2).

    None is ever listed. With the P positives of an anchor sorted, one binary search tells how many of them each of the
    B negatives is too near for, and a histogram of the answers how many negatives are too near for each positive:
    O(B^2 log P) time for the batch and the memory of a block of anchors, with values and gradients those of the triple
    loop.
    """

    kind: Literal["all"] = "all"

    def __call__(self, near: Tensor, far: Tensor, margin: float) -> Mined:
        """Both counts of the active triplets; see :class:`shoestring.similarity.mined_hinge.Mine`."""
        counts = _compared if near.shape[1] <= DENSE else _searched
        of_near, of_far = counts(near + margin, far)
        return Mined(of_near.to(far.dtype), of_far.to(far.dtype), of_near.sum())


def _compared(reach: Tensor, far: Tensor) -> tuple[Tensor, Tensor]:
    """How many of ``far`` [A, B] each of ``reach`` [A, P] exceeds, and by how many of them each is exceeded."""
    of_near, of_far = [], torch.zeros_like(far)
    for limit in reach.unbind(dim=1):
        active = (far < limit[:, None]).to(far.dtype)
        of_near.append(active.sum(dim=1))
        of_far += active
    return torch.stack(of_near, dim=1).long(), of_far


def _searched(reach: Tensor, far: Tensor) -> tuple[Tensor, Tensor]:
    """The same by sorting and searching."""
    anchors, positives = reach.shape
    ordered, place = reach.sort(dim=1)
    passed = torch.searchsorted(ordered, far, right=True)
    bins = passed + (positives + 1) * torch.arange(anchors, device=far.device)[:, None]
    histogram = torch.bincount(bins.flatten(), minlength=anchors * (positives + 1)).view(anchors, -1)
    # A negative that has passed k positives is too near for all from the k-th on.
    of_near = torch.empty_like(place).scatter_(1, place, histogram.cumsum(dim=1)[:, :-1])
    return of_near, positives - passed
