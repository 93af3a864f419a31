"""The criterion of the first siamese network: drive the cosine of two vectors to a target."""

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from shoestring.core.component import component


@component
class CosineTarget:
    r"""Bromley et al. 1993: :math:`(\cos(u, v) - T)^2`, with :math:`T = 1` for a genuine pair.

    Forgeries have a target of -0.9 or -1 in the paper: unlike a margin, this keeps pulling on pairs that are already
    told apart.
    """

    kind: Literal["cosine-target"] = "cosine-target"
    different: float = -0.9
    """T of a genuine signature beside a forgery, in [-1, 1)."""

    def __post_init__(self) -> None:
        if not -1 <= self.different < 1:
            raise ValueError(f"different={self.different}: a cosine to aim at lies in [-1, 1)")

    def __call__(self, left: Tensor, right: Tensor, same: Tensor) -> Tensor:
        """Mean loss of a batch; ``left``, ``right``: float [B, D] of any length; ``same``: bool [B]."""
        target = same.to(left.dtype) * (1 - self.different) + self.different
        return (F.cosine_similarity(left, right, dim=1) - target).square().mean()
