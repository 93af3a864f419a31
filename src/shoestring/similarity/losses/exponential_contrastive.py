"""The loss of the 2005 article on faces, which later libraries replaced by a hinge."""

from typing import Literal

import torch
from torch import Tensor

from shoestring.core.component import component


@component
class ExponentialContrastive:
    r"""Chopra, Hadsell & LeCun 2005, eq. 8: :math:`(1-Y)\frac{2}{Q}E^2 + Y\,2Q\,e^{-2.77E/Q}`.

    ``E`` is the L1 distance of the two vectors, ``Y`` is 0 for a genuine pair and 1 for an impostor pair, and ``Q``
    bounds ``E`` from above. Unlike the hinge of Hadsell et al. 2006, the impostor term never reaches zero. Both terms
    pull equally hard where ``E`` is about 0.43 ``Q``.
    """

    kind: Literal["exponential-contrastive"] = "exponential-contrastive"
    energy_bound: float = 100.0
    """Q, the largest possible energy: 100 for fifty tanh outputs under L1."""

    def __post_init__(self) -> None:
        if self.energy_bound <= 0:
            raise ValueError(f"energy_bound={self.energy_bound}: the largest distance that can occur is above 0")

    def __call__(self, left: Tensor, right: Tensor, same: Tensor) -> Tensor:
        """Mean loss of a batch; ``left``, ``right``: float [B, D] at most Q apart; ``same``: bool [B]."""
        # The energy stays a plain norm: a squared one has no gradient at zero, and impostors that start together
        # would stay together (section 2.3).
        energy = (left - right).abs().sum(dim=1)
        genuine = 2 / self.energy_bound * energy.square()
        impostor = 2 * self.energy_bound * torch.exp(-2.77 / self.energy_bound * energy)
        return torch.where(same, genuine, impostor).mean()
