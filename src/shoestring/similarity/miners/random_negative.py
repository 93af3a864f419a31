"""Any negative."""

from typing import Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.similarity.mined_hinge import Mined


@component
class RandomNegative:
    """Every anchor-positive pair with a negative drawn from the batch, all as likely, averaged over all pairs.

    What mining is measured against. It draws from torch's global stream, as dropout does, which a run seeds and
    restores.
    """

    kind: Literal["random"] = "random"

    def __call__(self, near: Tensor, far: Tensor, margin: float) -> Mined:
        """One negative a pair; see :class:`shoestring.similarity.mined_hinge.Mine`."""
        eligible = (far < torch.inf).to(torch.float32)
        place = torch.multinomial(eligible, near.shape[1], replacement=True)
        active = (near + margin > far.gather(1, place)).to(far.dtype)
        return Mined(active, torch.zeros_like(far).scatter_add_(1, place, active), (near > -torch.inf).sum())
