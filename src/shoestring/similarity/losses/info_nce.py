"""Each positive against all negatives of the batch."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from shoestring.core.component import component


@component
class InfoNce:
    r"""Mean over anchor-positive pairs of :math:`-\ln\frac{e^{s_{ap}}}{e^{s_{ap}} + \sum_n e^{s_{an}}}`.

    ``s`` is the cosine divided by the temperature, and n runs over the items of other identities: the other positives
    of an anchor are not in its way. With two items an identity this is InfoNCE (van den Oord, Li & Vinyals 2018) on
    normalised vectors, or the N-pair loss of Sohn 2016 with its negatives in both roles. O(B^2) time and memory.
    """

    kind: Literal["info-nce"] = "info-nce"
    temperature: float = 0.1
    """By which cosines are divided, above 0; the lower, the more the nearest negatives matter."""

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise ValueError(f"temperature={self.temperature}: cosines are divided by a number above 0")

    def __call__(self, z: Tensor, group: Tensor) -> Tensor:
        """Mean loss of a batch; ``z``: float [B, D], ``group``: int64 [B], equal for items of one identity.

        Zero, and still differentiable, when nobody has two items or there is only one identity.
        """
        unit = F.normalize(z, dim=1)
        same = group[:, None] == group[None]
        positive = same & ~torch.eye(len(z), dtype=torch.bool, device=z.device)
        if same.all() or not positive.any():
            return 0.0 * z.sum()
        logits = unit @ unit.T / self.temperature
        against = logits.masked_fill(same, -torch.inf).logsumexp(dim=1, keepdim=True)
        return F.softplus((against - logits)[positive]).mean()
