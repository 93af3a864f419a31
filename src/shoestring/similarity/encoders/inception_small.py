"""A network of FaceNet's kind that trains on one processor core in a minute."""

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

_BATCH = 128


@component
class InceptionSmall:
    """A stem and three inception modules with batch normalisation, for 48 to 96 pixels."""

    kind: Literal["inception-small"] = "inception-small"
    height: int = 56
    breadth: int = 48
    """Pixels; faces are higher than wide."""
    colour: bool = False
    channels: int = 16
    """Maps of the stem; the modules have multiples of it."""
    width: int = 128
    """Length of the vectors."""
    dropout: float = 0.1
    mirror: bool = False
    """Whether :meth:`~InceptionSmallEncoder.encode` takes the mean direction of a picture and its mirror image: twice
    the work, and fewer errors with what is as good mirrored, such as faces."""
    fit: Fit = "crop"

    def __post_init__(self) -> None:
        if min(self.height, self.breadth) < 24 or min(self.channels, self.width) < 1 or self.channels % 4:
            raise ValueError("height and breadth are at least 24, width at least 1, channels a multiple of 4")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout}: a share from 0 to below 1")

    def modules(self) -> tuple[Inception, ...]:
        """The three modules: the second halves the maps' sides, as 3c and 4e of FaceNet's table do."""
        c = self.channels
        return (
            Inception(c, (c, 2 * c), (c // 4, c // 2), "l2", c // 2),
            Inception(0, (2 * c, 3 * c), (c // 2, c), "max", 0, stride=2),
            Inception(3 * c, (2 * c, 4 * c), (c // 2, c), "l2", 2 * c),
        )

    def build(self) -> "InceptionSmallEncoder":
        """A network with random weights."""
        return InceptionSmallEncoder(self)


class InceptionSmallEncoder(nn.Module):
    """Pictures -> unit vectors [N, ``width``]."""

    def __init__(self, config: InceptionSmall) -> None:
        super().__init__()
        self.config = config
        self.width = config.width
        c = config.channels
        self.stem = nn.Sequential(
            *rectified(3 if config.colour else 1, c, 5, 2, normalise=True),
            *rectified(c, 2 * c, 3, normalise=True),
            nn.MaxPool2d(3, 2, padding=1),
        )
        modules, maps = [], 2 * c
        for module in config.modules():
            modules.append(InceptionModule(module, maps, normalise=True))
            maps = modules[-1].outputs
        self.inceptions = nn.Sequential(*modules)
        self.drop = nn.Dropout(config.dropout)
        # Where an eye is matters in a face: the last maps are averaged over quarters, not over everything.
        self.out = nn.Linear(4 * maps, config.width)

    def fit_scales(self, items: Sequence[Picture]) -> None:
        """Nothing: every picture is scaled by its own light."""

    def prepare(self, items: Sequence[Picture]) -> Tensor:
        """float32 [N, 1 or 3, height, breadth] in [0, 1]."""
        config = self.config
        stacked = stack_pictures(items, config.height, config.breadth, colour=config.colour, fit=config.fit)
        return stacked.to(self.out.weight.device)

    def forward(self, prepared: Tensor) -> Tensor:
        """[B, 1 or 3, height, breadth] -> unit vectors [B, ``width``]."""
        # With the channels together in memory a step takes two thirds of the time on a processor.
        images = standardised(prepared).contiguous(memory_format=torch.channels_last)
        maps = self.inceptions(self.stem(images))
        return F.normalize(self.out(self.drop(F.adaptive_avg_pool2d(maps, 2).flatten(1))), dim=1)

    @torch.inference_mode()
    def encode(self, items: Sequence[Picture]) -> NDArray[np.float32]:
        """Unit vectors float32 [N, ``width``]; raises BadDataError for what is not a picture."""
        training = self.training
        self.eval()
        chunks = [self._encoded(self.prepare(items[i : i + _BATCH])).cpu() for i in range(0, len(items), _BATCH)]
        self.train(training)
        return torch.cat(chunks).numpy() if chunks else np.zeros((0, self.width), dtype=np.float32)

    def _encoded(self, prepared: Tensor) -> Tensor:
        vectors: Tensor = self(prepared)
        return F.normalize(vectors + self(prepared.flip(-1)), dim=1) if self.config.mirror else vectors
