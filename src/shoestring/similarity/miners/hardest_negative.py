"""The nearest negative of the anchor."""

from typing import Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.similarity.mined_hinge import Mined


@component
class HardestNegative:
    """Every anchor-positive pair with the negative that is nearest to the anchor, averaged over all pairs.

    Schroff, Kalenichenko & Philbin 2015 report in section 3.2 that it collapses networks which start from scratch: all
    vectors become one, and the loss stays at the margin.
    """

    kind: Literal["hardest"] = "hardest"

    def __call__(self, near: Tensor, far: Tensor, margin: float) -> Mined:
        """One negative an anchor; see :class:`shoestring.similarity.mined_hinge.Mine`."""
        nearest = far.min(dim=1, keepdim=True)
        active = (near + margin > nearest.values).to(far.dtype)
        of_far = torch.zeros_like(far).scatter_(1, nearest.indices, active.sum(dim=1, keepdim=True))
        return Mined(active, of_far, (near > -torch.inf).sum())
