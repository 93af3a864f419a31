"""Regression of the cosine: how Sentence-BERT learns from scored pairs."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component


@component
class CosineRegression:
    r"""Reimers & Gurevych 2019, section 3: :math:`(\cos(u, v) - y)^2` with y from 0 to 1."""

    kind: Literal["cosine-regression"] = "cosine-regression"

    reads: ClassVar[str] = "scores"

    def build(self, width: int) -> "CosineRegressionLoss":
        """Nothing to learn but the encoder."""
        return CosineRegressionLoss()


class CosineRegressionLoss(nn.Module):
    """(u, v) [B, D] and scores from 0 to 1 [B] -> the mean squared error."""

    def forward(self, columns: Sequence[Tensor], target: Tensor) -> Tensor:
        left, right = columns
        return (F.cosine_similarity(left, right, dim=1) - target).square().mean()
