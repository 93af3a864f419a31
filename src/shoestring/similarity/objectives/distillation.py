"""Distillation: what a teacher says of pairs takes the place of what people said."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component


@component
class Distillation:
    r"""Mean of :math:`(\cos(u, v) - t)^2`, t the teacher's score of the pair: augmented SBERT (Thakur et al. 2021).

    A cross-encoder sees both texts at once and judges better than two vectors can; asked about pairs that nobody has
    labelled, it makes the labels. The file needs two texts a row and nothing else.
    """

    kind: Literal["distillation"] = "distillation"
    teacher: str = ""
    """Run or model folder of a cross-encoder, or of a text encoder, whose cosines are then the scores."""

    reads: ClassVar[str] = "teacher"

    def build(self, width: int) -> "DistillationLoss":
        """Nothing to learn but the encoder; the recipe asks the teacher beforehand, once."""
        return DistillationLoss()


class DistillationLoss(nn.Module):
    """(u, v) [B, D] and the teacher's scores [B] -> the mean squared difference."""

    def forward(self, columns: Sequence[Tensor], target: Tensor) -> Tensor:
        left, right = columns
        return (F.cosine_similarity(left, right, dim=1) - target).square().mean()
