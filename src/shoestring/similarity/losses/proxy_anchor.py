"""One stand-in for each class, which is the anchor."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.similarity.class_weights import checked, class_weights


@component
class ProxyAnchor:
    r"""Kim, Kim, Cho & Kwak 2020, eq. 4, with :math:`s` the cosine of an item and a proxy.

    .. math:: \frac{1}{|P^+|}\sum_{p \in P^+} \ln\Big(1 + \sum_{x \in X_p^+} e^{-\alpha(s(x, p) - \delta)}\Big)
              + \frac{1}{|P|}\sum_{p \in P} \ln\Big(1 + \sum_{x \in X_p^-} e^{\alpha(s(x, p) + \delta)}\Big)

    ``P`` are all proxies and ``P+`` those whose class is in the batch. No mining, and a batch costs B times the number
    of classes. The proxies are trained with the encoder and thrown away.
    """

    kind: Literal["proxy-anchor"] = "proxy-anchor"
    scale: float = 32.0
    """alpha, how sharply cosines count, above 0."""
    margin: float = 0.1
    """delta, from 0 to below 1."""

    def __post_init__(self) -> None:
        if self.scale <= 0 or not 0 <= self.margin < 1:
            raise ValueError(f"scale={self.scale}, margin={self.margin}: scale is above 0, margin from 0 to below 1")

    def build(self, classes: int, width: int) -> "ProxyAnchorHead":
        """A loss for vectors of length ``width`` of ``classes`` identities; its proxies are drawn from torch's stream.

        Raises BadDataError with fewer than two classes.
        """
        return ProxyAnchorHead(self, classes, width)


class ProxyAnchorHead(nn.Module):
    """The loss with its proxies."""

    def __init__(self, config: ProxyAnchor, classes: int, width: int) -> None:
        super().__init__()
        self.config = config
        self.weight = class_weights(classes, width)

    def forward(self, z: Tensor, group: Tensor) -> Tensor:
        """Loss of a batch; ``z``: float [B, D], any length, ``group``: int64 [B] in 0..classes-1, else BadDataError."""
        scale, margin = self.config.scale, self.config.margin
        group = checked(group, len(self.weight))
        cosines = F.linear(F.normalize(z, dim=1), F.normalize(self.weight, dim=1))
        own = F.one_hot(group, len(self.weight)).bool()
        pulled = _one_and(-scale * (cosines - margin), own)[own.any(dim=0)]
        pushed = _one_and(scale * (cosines + margin), ~own)
        return pulled.mean() + pushed.mean()


def _one_and(logits: Tensor, chosen: Tensor) -> Tensor:
    """``ln(1 + sum of exp(logits) over the chosen rows)`` of each column: [B, C], bool [B, C] -> [C]."""
    kept = logits.masked_fill(~chosen, -torch.inf)
    return torch.cat([torch.zeros_like(kept[:1]), kept]).logsumexp(dim=0)
