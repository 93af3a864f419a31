"""One triplet an anchor, the hardest."""

from typing import Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.similarity.mined_hinge import Mined


@component
class BatchHard:
    """Hermans, Beyer & Leibe 2017, eq. 5: the farthest positive with the nearest negative, averaged over anchors.

    Theirs are plain distances; in the triplet loss here they are squared, as in FaceNet.
    """

    kind: Literal["batch-hard"] = "batch-hard"

    def __call__(self, near: Tensor, far: Tensor, margin: float) -> Mined:
        """One positive and one negative an anchor; see :class:`shoestring.similarity.mined_hinge.Mine`."""
        farthest, nearest = near.max(dim=1, keepdim=True), far.min(dim=1, keepdim=True)
        active = (farthest.values + margin > nearest.values).to(far.dtype)
        return Mined(
            torch.zeros_like(near).scatter_(1, farthest.indices, active),
            torch.zeros_like(far).scatter_(1, nearest.indices, active),
            torch.tensor(len(near), device=far.device),
        )
