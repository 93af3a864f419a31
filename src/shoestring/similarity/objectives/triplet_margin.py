"""The triplet objective of Sentence-BERT, on plain Euclidean distances."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from torch import Tensor, nn

from shoestring.core.component import component


@component
class TripletMargin:
    r"""Reimers & Gurevych 2019, section 3: :math:`\max(\|a - p\| - \|a - n\| + \varepsilon, 0)`, not squared.

    The triplets come from the data, unlike those of FaceNet, which are found in the batch.
    """

    kind: Literal["triplet-margin"] = "triplet-margin"
    margin: float = 1.0
    """Epsilon, in the unit of the vectors, which have any length here."""

    reads: ClassVar[str] = "triplets"

    def __post_init__(self) -> None:
        if self.margin <= 0:
            raise ValueError(f"margin={self.margin}: must be above 0")

    def build(self, width: int) -> "TripletMarginLoss":
        """Nothing to learn but the encoder."""
        return TripletMarginLoss(self.margin)


class TripletMarginLoss(nn.Module):
    """(a, p, n) [B, D] -> the mean hinge."""

    def __init__(self, margin: float) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, columns: Sequence[Tensor], target: Tensor) -> Tensor:
        anchor, positive, negative = columns
        near, far = ((anchor - other).square().sum(dim=1).clamp_min(1e-12).sqrt() for other in (positive, negative))
        return (near - far + self.margin).clamp_min(0).mean()
