"""Softmax over the identities of a batch, without a class weight for anyone."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from shoestring.core.component import component


@component
class SoftmaxMargin:
    r"""Cross-entropy over cosines: :math:`-\ln \frac{e^{s(c_y - m)}}{e^{s(c_y - m)} + \sum_{k \ne y} e^{s c_k}}`.

    ``c`` is the cosine of a vector with each identity's centroid in the batch, with the vector itself left out of its
    own (Wan, Wang, Papir & Moreno 2018, "Generalized end-to-end loss for speaker verification", eq. 5, 6 and 8), and
    the margin is that of Wang et al. 2018 (CosFace), eq. 4. Centroids stand in for class weights, so that identities
    may come and go, as they do when each forgery is an identity of its own: such singletons are only ever in the way.
    """

    kind: Literal["softmax-margin"] = "softmax-margin"
    scale: float = 16.0
    """s, how sharply cosines count."""
    margin: float = 0.2
    """m, by how much the own centroid has to be nearer."""

    def __post_init__(self) -> None:
        if self.scale <= 0 or not 0 <= self.margin < 2:
            raise ValueError(f"scale={self.scale}, margin={self.margin}: scale is above 0, margin from 0 to below 2")

    def __call__(self, z: Tensor, group: Tensor) -> Tensor:
        """Mean loss of a batch; ``z``: float [B, D], ``group``: int64 [B], equal for items of one identity.

        Zero, and still differentiable, when nobody has two items or there is only one identity.
        """
        unit = F.normalize(z, dim=1)
        _, place = torch.unique(group, return_inverse=True)
        member = F.one_hot(place).to(unit.dtype)
        sums, count = member.T @ unit, member.sum(dim=0)
        cosines = unit @ F.normalize(sums, dim=1).T
        others = F.normalize(sums[place] - unit, dim=1, eps=1e-6)
        own = (unit * others).sum(dim=1)
        logits = self.scale * torch.where(member.bool(), (own - self.margin)[:, None], cosines)
        anchors = count[place] > 1
        if len(count) < 2 or not anchors.any():
            return 0.0 * z.sum()
        return F.cross_entropy(logits[anchors], place[anchors])
