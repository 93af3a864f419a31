"""Softmax over the classes of a training set with a margin on the angle."""

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.similarity.class_weights import checked, class_weights


@component
class ArcFace:
    r"""Deng, Guo, Xue & Zafeiriou 2019, eq. 3: cross-entropy of :math:`s\cos(\theta_y + m)` and :math:`s\cos\theta_k`.

    ``theta`` are the angles between a vector and the weight vector of each class. The weights are trained with the
    encoder and thrown away: what is kept is the encoder.
    """

    kind: Literal["arc-face"] = "arc-face"
    scale: float = 64.0
    """s, how sharply cosines count, above 0."""
    margin: float = 0.5
    """m in radians, from 0 to below pi."""

    def __post_init__(self) -> None:
        if self.scale <= 0 or not 0 <= self.margin < math.pi:
            raise ValueError(f"scale={self.scale}, margin={self.margin}: scale is above 0, margin from 0 to below pi")

    def build(self, classes: int, width: int) -> "ArcFaceHead":
        """A loss for vectors of length ``width`` of ``classes`` identities; its weights are drawn from torch's stream.

        Raises BadDataError with fewer than two classes.
        """
        return ArcFaceHead(self, classes, width)


class ArcFaceHead(nn.Module):
    """The loss with its weights."""

    def __init__(self, config: ArcFace, classes: int, width: int) -> None:
        super().__init__()
        self.config = config
        self.weight = class_weights(classes, width)

    def forward(self, z: Tensor, group: Tensor) -> Tensor:
        """Mean loss; ``z``: float [B, D] of any length, ``group``: int64 [B] in 0..classes-1, else BadDataError."""
        group = checked(group, len(self.weight))
        margin = self.config.margin
        cosines = F.linear(F.normalize(z, dim=1), F.normalize(self.weight, dim=1))
        own = cosines.gather(1, group[:, None])
        # sqrt has an infinite slope where a vector lies on its weight; the clamp makes it zero.
        sine = (1 - own.square()).clamp_min(torch.finfo(own.dtype).eps).sqrt()
        turned = own * math.cos(margin) - sine * math.sin(margin)
        # Beyond pi - m the cosine of the turned angle would rise again and reward being opposite; from there on a
        # line goes down, as in the authors' code.
        opposite = own - margin * math.sin(margin)
        target = torch.where(own > -math.cos(margin), turned, opposite)
        return F.cross_entropy(self.config.scale * cosines.scatter(1, group[:, None], target), group)
