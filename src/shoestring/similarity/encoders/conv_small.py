"""Three convolutions that keep where things are: the network for a few dozen people with ten pictures each."""

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

_BATCH = 128


@component
class ConvSmall:
    """Convolutions of 5, 3 and 3 pixels, each normalised, rectified and halved, and one linear layer over all places.

    Faces are framed alike, so what is where says who it is; averaging the maps over places, as inception networks do,
    throws that away and needs many people to make up for it.
    """

    kind: Literal["conv-small"] = "conv-small"
    height: int = 40
    breadth: int = 32
    """Pixels; faces are higher than wide. Multiples of 8 lose no border."""
    colour: bool = False
    channels: int = 16
    """Maps of the first convolution; the others have two and four times as many."""
    width: int = 128
    """Length of the vectors."""
    dropout: float = 0.3
    """Share of what enters the linear layer that is left out in each step of training."""
    mirror: bool = False
    """Whether :meth:`~ConvSmallEncoder.encode` takes the mean direction of a picture and its mirror image: twice the
    work, for what is as good mirrored, such as faces."""
    fit: Fit = "crop"

    def __post_init__(self) -> None:
        if min(self.height, self.breadth) < 16 or min(self.channels, self.width) < 1:
            raise ValueError("height and breadth are at least 16, channels and width at least 1")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout}: a share from 0 to below 1")

    def build(self) -> "ConvSmallEncoder":
        """A network with random weights."""
        return ConvSmallEncoder(self)


class ConvSmallEncoder(nn.Module):
    """Pictures -> unit vectors [N, ``width``]."""

    def __init__(self, config: ConvSmall) -> None:
        super().__init__()
        self.config = config
        self.width = config.width
        c = config.channels
        self.maps = nn.Sequential(
            *_halved(3 if config.colour else 1, c, 5), *_halved(c, 2 * c, 3), *_halved(2 * c, 4 * c, 3)
        )
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(4 * c * (config.height // 8) * (config.breadth // 8), config.width)

    def fit_scales(self, items: Sequence[Picture]) -> None:
        """Nothing: every picture is scaled by its own light."""

    def prepare(self, items: Sequence[Picture]) -> Tensor:
        """float32 [N, 1 or 3, height, breadth] in [0, 1]."""
        config = self.config
        stacked = stack_pictures(items, config.height, config.breadth, colour=config.colour, fit=config.fit)
        return stacked.to(self.out.weight.device)

    def forward(self, prepared: Tensor) -> Tensor:
        """[B, 1 or 3, height, breadth] -> unit vectors [B, ``width``]."""
        return F.normalize(self.out(self.drop(self.maps(standardised(prepared)).flatten(1))), dim=1)

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


def _halved(inputs: int, outputs: int, field: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, field, padding=field // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
