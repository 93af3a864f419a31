"""Multiple negatives: every other positive of the batch is a negative, and those that look the same are left out."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component


@component
class MultipleNegatives:
    r"""Henderson et al. 2017: :math:`-\ln \left( e^{s \cos(a_i, p_i)} / \sum_c e^{s \cos(a_i, c)} \right)`.

    The candidates c of an anchor are all positives of the batch and all hard negatives. One that is nearly the anchor's
    own positive (``guard``) is probably a paraphrase that nobody marked, and does not count against it.
    """

    kind: Literal["multiple-negatives"] = "multiple-negatives"
    scale: float = 20.0
    """s, one over the temperature."""
    guard: float = 0.99
    """Candidates whose cosine with the row's own positive is at least this are left out; above 1 keeps all."""
    chunk: int = 0
    """Texts that are encoded at once, by GradCache (Gao et al. 2021), so that a batch needs less memory; 0 is all."""
    negatives: Literal["given", "mined"] = "given"
    """``mined``: before training, a row without a hard negative gets one from all texts of the training rows."""
    ceiling: float = 0.95
    """A mined negative has at most this share of the cosine of the row's own positive, by the encoder at the start."""

    reads: ClassVar[str] = "positives"

    def __post_init__(self) -> None:
        if min(self.scale, self.guard, self.ceiling) <= 0 or self.chunk < 0:
            raise ValueError("scale, guard and ceiling are above 0, chunk is not negative")

    def build(self, width: int) -> "MultipleNegativesLoss":
        """Nothing to learn but the encoder."""
        return MultipleNegativesLoss(self)


class MultipleNegativesLoss(nn.Module):
    """(a, p) or (a, p, n) [B, D] -> the mean cross-entropy; ``target`` [B] is 1 where a row has its negative."""

    def __init__(self, config: MultipleNegatives) -> None:
        super().__init__()
        self.config = config

    def forward(self, columns: Sequence[Tensor], target: Tensor) -> Tensor:
        anchor, positive, *negatives = (F.normalize(column, dim=1) for column in columns)
        candidates = torch.cat([positive, *negatives])
        logits = self.config.scale * anchor @ candidates.T
        with torch.no_grad():
            own = torch.eye(len(anchor), len(candidates), dtype=torch.bool, device=anchor.device)
            near = positive @ candidates.T >= self.config.guard
            absent = torch.cat([torch.zeros_like(target), *(target == 0 for _ in negatives)]).bool()
        logits = logits.masked_fill((near | absent) & ~own, -torch.inf)
        return F.cross_entropy(logits, torch.arange(len(anchor), device=anchor.device))
