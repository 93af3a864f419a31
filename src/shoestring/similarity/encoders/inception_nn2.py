"""The network NN2 of FaceNet: GoogLeNet's modules with L2 pooling, 7.5 million weights."""

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
from shoestring.nn.inception import Inception, InceptionModule, rectified

NN2 = (
    Inception(64, (96, 128), (16, 32), "max", 32),
    Inception(64, (96, 128), (32, 64), "l2", 64),
    Inception(0, (128, 256), (32, 64), "max", 0, stride=2),
    Inception(256, (96, 192), (32, 64), "l2", 128),
    Inception(224, (112, 224), (32, 64), "l2", 128),
    Inception(192, (128, 256), (32, 64), "l2", 128),
    Inception(160, (144, 288), (32, 64), "l2", 128),
    Inception(0, (160, 256), (64, 128), "max", 0, stride=2),
    Inception(384, (192, 384), (48, 128), "l2", 128),
    Inception(384, (192, 384), (48, 128), "max", 128),
)
"""Modules 3a to 5b of table 2."""
_BATCH = 16


@component
class InceptionNn2:
    """Schroff, Kalenichenko & Philbin 2015, table 2: 224 pixels a side there, any size from 32 on here."""

    kind: Literal["inception-nn2"] = "inception-nn2"
    size: int = 224
    """Pixels on each side of the input."""
    colour: bool = True
    width: int = 128
    """Length of the vectors."""
    fit: Fit = "crop"

    def __post_init__(self) -> None:
        if self.size < 32 or self.width < 1:
            raise ValueError(f"size={self.size}, width={self.width}: size is at least 32, width at least 1")

    def build(self) -> "InceptionNn2Encoder":
        """A network with random weights."""
        return InceptionNn2Encoder(self)


class InceptionNn2Encoder(nn.Module):
    """Pictures -> unit vectors [N, ``width``]."""

    def __init__(self, config: InceptionNn2) -> None:
        super().__init__()
        self.config = config
        self.width = config.width
        self.stem = nn.Sequential(
            *rectified(3 if config.colour else 1, 64, 7, 2), nn.MaxPool2d(3, 2, padding=1), nn.LocalResponseNorm(5),
            *rectified(64, 64, 1), *rectified(64, 192, 3), nn.LocalResponseNorm(5), nn.MaxPool2d(3, 2, padding=1),
        )  # fmt: skip
        modules, maps = [], 192
        for module in NN2:
            modules.append(InceptionModule(module, maps))
            maps = modules[-1].outputs
        self.inceptions = nn.Sequential(*modules)
        self.out = nn.Linear(maps, config.width)

    def fit_scales(self, items: Sequence[Picture]) -> None:
        """Nothing: every picture is scaled by its own light."""

    def prepare(self, items: Sequence[Picture]) -> Tensor:
        """float32 [N, 1 or 3, size, size] in [0, 1]."""
        config = self.config
        stacked = stack_pictures(items, config.size, config.size, colour=config.colour, fit=config.fit)
        return stacked.to(self.out.weight.device)

    def forward(self, prepared: Tensor) -> Tensor:
        """[B, 1 or 3, size, size] -> unit vectors [B, ``width``]."""
        maps = self.inceptions(self.stem(standardised(prepared)))
        return F.normalize(self.out(maps.mean(dim=(2, 3))), dim=1)

    @torch.inference_mode()
    def encode(self, items: Sequence[Picture]) -> NDArray[np.float32]:
        """Unit vectors float32 [N, ``width``]; raises BadDataError for what is not a picture."""
        chunks = [self(self.prepare(items[i : i + _BATCH])).cpu() for i in range(0, len(items), _BATCH)]
        return torch.cat(chunks).numpy() if chunks else np.zeros((0, self.width), dtype=np.float32)
