"""The triplet loss with mining inside the batch."""

from typing import Literal

from torch import Tensor

from shoestring.core.component import component
from shoestring.similarity.mined_hinge import mined_hinge
from shoestring.similarity.miners import Miner, SemiHard


@component
class Triplet:
    r"""Schroff, Kalenichenko & Philbin 2015 (FaceNet), eq. 1-3: :math:`[\,|a-p|^2 - |a-n|^2 + m\,]_+`.

    Distances are squared. The miner says which triplets of the batch are averaged; all but ``batch-hard`` use every
    anchor-positive pair, as the article does.
    """

    kind: Literal["triplet"] = "triplet"
    margin: float = 0.2
    """m, on squared distances of unit vectors, so in (0, 4]."""
    miner: Miner = SemiHard()

    def __post_init__(self) -> None:
        if not 0 < self.margin <= 4:
            raise ValueError(f"margin={self.margin}: squared distances of unit vectors are within 4")

    def __call__(self, z: Tensor, group: Tensor) -> Tensor:
        """Mean loss of a batch; ``z``: float [B, D], ``group``: int64 [B], equal for items of one identity.

        Zero, and still differentiable, when no triplet is left. Gradients of first order only.
        """
        return mined_hinge(z, group, self.margin, self.miner)
