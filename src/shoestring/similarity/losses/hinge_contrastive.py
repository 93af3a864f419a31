"""The contrastive loss as libraries have it."""

from typing import Literal

import torch
from torch import Tensor

from shoestring.core.component import component


@component
class HingeContrastive:
    r"""Hadsell, Chopra & LeCun 2006, eq. 4: :math:`\tfrac12(1-Y)D^2 + \tfrac12 Y\max(0, m-D)^2`.

    ``D`` is the Euclidean distance of the two vectors, ``Y`` is 0 for a genuine pair and 1 for an impostor pair.
    """

    kind: Literal["hinge-contrastive"] = "hinge-contrastive"
    margin: float = 1.0
    """m, the distance beyond which an impostor pair costs nothing; unit vectors are within 2."""

    def __post_init__(self) -> None:
        if self.margin <= 0:
            raise ValueError(f"margin={self.margin}: the distance to push impostors to is above 0")

    def __call__(self, left: Tensor, right: Tensor, same: Tensor) -> Tensor:
        """Mean loss of a batch; ``left``, ``right``: float [B, D]; ``same``: bool [B]."""
        squared = (left - right).square().sum(dim=1)
        # sqrt has an infinite slope at zero; the clamp gives coinciding pairs a zero gradient instead of NaN.
        distance = squared.clamp_min(torch.finfo(squared.dtype).tiny).sqrt()
        impostor = (self.margin - distance).clamp_min(0).square()
        return torch.where(same, squared, impostor).mean() / 2
