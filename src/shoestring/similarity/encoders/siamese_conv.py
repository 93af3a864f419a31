"""The network of 2005 for faces: six layers from 56 x 46 grey pixels to fifty numbers."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.data.image_tensors import stack_pictures, standardised
from shoestring.data.images import Fit, Picture
from shoestring.nn.lenet import PartialConv2d, Subsampling, averaged_convolution, connection_table

HEIGHT, WIDTH = 56, 46
CONNECTIONS = 198
"""Kernels of the third layer: the article counts 7,128 = 198 x 6 x 6 trainable parameters there."""
_BATCH = 256


@component
class SiameseConv:
    """Chopra, Hadsell & LeCun 2005, section 3.2: C1, S2, C3, S4, C5, F6.

    The article's own counts do not agree about C3 and S4: its text has 45 maps, the parameters of S4 and C5 need 50.
    The vectors are the outputs as they are, not of length 1: the loss bounds their L1 distance by twice their number.
    """

    kind: Literal["siamese-conv"] = "siamese-conv"
    maps: Literal[45, 50] = 45
    """Maps of C3 and S4."""
    outputs: int = 50
    """Length of the vectors; every number is within (-1, 1)."""
    fit: Fit = "crop"
    """What happens to pictures of another aspect than 56 : 46."""

    def __post_init__(self) -> None:
        if self.outputs < 1:
            raise ValueError(f"outputs={self.outputs}: at least 1")

    def build(self) -> "SiameseConvEncoder":
        """A network with random weights."""
        return SiameseConvEncoder(self)


class SiameseConvEncoder(nn.Module):
    """Pictures -> vectors [N, ``width``] with numbers in (-1, 1)."""

    def __init__(self, config: SiameseConv) -> None:
        super().__init__()
        self.config = config
        self.width = config.outputs
        self.c1 = nn.Conv2d(1, 15, 7)
        self.s2 = Subsampling(15, (2, 2))
        self.c3 = PartialConv2d(connection_table(config.maps, 15, CONNECTIONS), 15, 6)
        self.s4 = Subsampling(config.maps, (4, 3))
        self.c5 = nn.Conv2d(config.maps, 250, 5)
        self.f6 = nn.Linear(250, config.outputs)
        # Random weights of variance 1 / fan-in (LeCun, Bottou, Orr & Mueller 1998, section 4.6): torch's own, a third
        # of that, leave the outputs of different pictures so near one another that training begins slowly.
        with torch.no_grad():
            for layer in (self.c1, self.c5, self.f6):
                layer.weight.normal_(0, layer.weight[0].numel() ** -0.5)
                layer.bias.zero_()
            # Averages of twelve neighbours are smaller than the neighbours.
            self.s4.gain.fill_(2.0)

    def fit_scales(self, items: Sequence[Picture]) -> None:
        """Nothing: every picture is scaled by its own light."""

    def prepare(self, items: Sequence[Picture]) -> Tensor:
        """float32 [N, 1, 56, 46] in [0, 1]."""
        return stack_pictures(items, HEIGHT, WIDTH, fit=self.config.fit).to(self.f6.weight.device)

    def forward(self, prepared: Tensor) -> Tensor:
        """[B, 1, 56, 46] -> [B, ``width``] in (-1, 1)."""
        images = standardised(prepared)
        # Convolutions are linear and subsampling squashes, so that C3 needs no bias: that of S4 does the same.
        x = averaged_convolution(images, self.c1.weight, self.c1.bias, self.s2.field)
        x = torch.tanh(self.s2.scaled(x))
        x = averaged_convolution(x, self.c3.weight, None, self.s4.field)
        x = torch.tanh(self.s4.scaled(x))
        # C5 sees a 5 x 5 map whole: a product of matrices.
        x = torch.tanh(F.linear(x.flatten(1), self.c5.weight.flatten(1), self.c5.bias))
        return torch.tanh(self.f6(x))

    @torch.inference_mode()
    def encode(self, items: Sequence[Picture]) -> NDArray[np.float32]:
        """float32 [N, ``width``]; raises BadDataError for what is not a picture."""
        chunks = [self(self.prepare(items[i : i + _BATCH])).cpu() for i in range(0, len(items), _BATCH)]
        return torch.cat(chunks).numpy() if chunks else np.zeros((0, self.width), dtype=np.float32)
