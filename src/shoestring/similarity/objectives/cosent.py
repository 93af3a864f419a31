"""CoSENT: the order of scores, and nothing of their size."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component


@component
class Cosent:
    r"""Su 2022: :math:`\ln(1 + \sum_{y_i > y_j} e^{s (\cos_j - \cos_i)})` over all two rows of a batch.

    Regression wants cosines to be scores; this wants them in the order of the scores, which is what Spearman's
    correlation measures.
    """

    kind: Literal["cosent"] = "cosent"
    scale: float = 20.0
    """s, how sharply cosines count."""

    reads: ClassVar[str] = "scores"

    def __post_init__(self) -> None:
        if self.scale <= 0:
            raise ValueError(f"scale={self.scale}: must be above 0")

    def build(self, width: int) -> "CosentLoss":
        """Nothing to learn but the encoder."""
        return CosentLoss(self.scale)


class CosentLoss(nn.Module):
    """(u, v) [B, D] and scores [B] -> the loss of the batch; 0, and differentiable, when all scores are equal."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, columns: Sequence[Tensor], target: Tensor) -> Tensor:
        left, right = columns
        cosine = self.scale * F.cosine_similarity(left, right, dim=1)
        wrong = (cosine[None, :] - cosine[:, None]).masked_fill(target[:, None] <= target[None, :], -torch.inf)
        return torch.logsumexp(torch.cat([wrong.flatten(), wrong.new_zeros(1)]), dim=0)
