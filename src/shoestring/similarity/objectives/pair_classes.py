"""Classification of pairs by their two vectors: how Sentence-BERT learns from inference data."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component

Part = Literal["u", "v", "difference", "product"]


@component
class PairClasses:
    r"""Reimers & Gurevych 2019, section 3: :math:`\mathrm{softmax}(W_t [u; v; |u - v|])` with cross-entropy.

    ``parts`` are those of the ablation in table 6; without \|u - v\| nothing makes the *distance* of vectors matter.
    """

    kind: Literal["pair-classes"] = "pair-classes"
    parts: tuple[Part, ...] = ("u", "v", "difference")
    """What stands behind one another: u, v, their absolute difference, their product number by number."""
    classes: int = 3

    reads: ClassVar[str] = "classes"

    def __post_init__(self) -> None:
        if not self.parts or len(set(self.parts)) < len(self.parts) or self.classes < 2:
            raise ValueError("parts are given once each and there is at least one; classes are at least 2")

    def build(self, width: int) -> "PairClassesHead":
        """The weights W_t for vectors of ``width`` numbers."""
        return PairClassesHead(self, width)


class PairClassesHead(nn.Module):
    """(u, v) [B, D] and classes [B] -> the mean cross-entropy."""

    def __init__(self, config: PairClasses, width: int) -> None:
        super().__init__()
        self.config = config
        self.weights = nn.Linear(len(config.parts) * width, config.classes, bias=False)

    def forward(self, columns: Sequence[Tensor], target: Tensor) -> Tensor:
        left, right = columns
        return F.cross_entropy(self.weights(concatenated(left, right, self.config.parts)), target.long())


def concatenated(left: Tensor, right: Tensor, parts: Sequence[Part]) -> Tensor:
    """[B, D] and [B, D] -> [B, D x len(parts)]."""
    made = {"u": left, "v": right, "difference": (left - right).abs(), "product": left * right}
    return torch.cat([made[part] for part in parts], dim=1)
