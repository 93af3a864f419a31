"""Vectors whose first numbers are vectors already: an objective on nested prefixes (Kusupati et al. 2022)."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from shoestring.core.component import component
from shoestring.core.errors import ConfigError
from shoestring.similarity.objectives import MultipleNegatives, Objective


@component
class Nested:
    r"""Mean of an objective over prefixes, :math:`\frac{1}{|S|} \sum_{s \in S} L(z_{1:s})`, S with the whole width.

    Kusupati et al. 2022, "Matryoshka representation learning", equation 1 with equal weights. An objective that learns
    weights of its own has one set for each size.
    """

    kind: Literal["nested"] = "nested"
    objective: Objective = MultipleNegatives()
    sizes: tuple[int, ...] = (16, 32)
    """Numbers of the prefixes, rising; the whole width is always one more."""

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.sizes, self.sizes[1:], strict=False))
        if not self.sizes or self.sizes[0] < 1 or not rising:
            raise ValueError(f"sizes={list(self.sizes)}: rising numbers from 1, at least one")

    @property
    def reads(self) -> str:
        """What the objective inside learns from."""
        return self.objective.reads

    def build(self, width: int) -> "NestedLoss":
        """Raises ConfigError when a prefix is not shorter than ``width``."""
        if self.sizes[-1] >= width:
            raise ConfigError(
                f"objective.sizes={list(self.sizes)}: the vectors have {width} numbers, prefixes have fewer"
            )
        return NestedLoss(self, width)


class NestedLoss(nn.Module):
    """Vectors [B, ``width``] of the texts of a row, and targets [B] -> scalar."""

    def __init__(self, config: Nested, width: int) -> None:
        super().__init__()
        self.sizes = (*config.sizes, width)
        self.losses = nn.ModuleList([config.objective.build(size) for size in self.sizes])

    def forward(self, columns: Sequence[Tensor], target: Tensor) -> Tensor:
        values = [
            loss([column[:, :size] for column in columns], target)
            for size, loss in zip(self.sizes, self.losses, strict=True)
        ]
        return torch.stack(values).mean()


TextObjective = Objective | Nested
"""What a recipe of texts can be trained on."""


def innermost(objective: TextObjective) -> Objective:
    """The objective itself, without what is around it."""
    return objective.objective if isinstance(objective, Nested) else objective
