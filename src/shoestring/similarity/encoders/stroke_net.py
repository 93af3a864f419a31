"""A small convolutional network over pen features of any length, with pooling that chooses its moments."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.data.pen_features_modern import (
    DSDTW_FEATURES,
    PRESSURE_FEATURES,
    TILT_FEATURES,
    ModernFeature,
    ink_path,
    modern_features,
)
from shoestring.data.strokes import Signature

_OPTIONAL = PRESSURE_FEATURES | TILT_FEATURES
_BATCH = 256


@component
class StrokeNet:
    """Convolutions over time and pooling that attends, one vector a signature as in SynSig2Vec (Lai et al. 2021).

    Every channel of the last layer is pooled with its own softmax over time into a mean and a standard deviation
    (Okabe, Koshinaka & Shinoda 2018, "Attentive statistics pooling", eq. 5 and 6).
    """

    kind: Literal["stroke-net"] = "stroke-net"
    features: tuple[ModernFeature, ...] = DSDTW_FEATURES
    """Inputs, standardised over each signature; what a device does not record is 0, the mean."""
    channels: int = 64
    width: int = 64
    """Length of the vectors."""
    cutoff: float = 15.0
    """Hz, low-pass of the ink path."""
    step: int = 2
    """Every so many of 100 samples a second go in."""
    longest: int = 500
    """Samples that go in at most, 10 s of ink; later ones are not seen."""
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if min(self.channels, self.width, self.step) < 1 or self.longest < 16 or not self.features:
            raise ValueError("channels, width and step are at least 1, longest at least 16, and a feature is needed")

    def build(self) -> "StrokeNetEncoder":
        """A network with random weights."""
        return StrokeNetEncoder(self)


class StrokeNetEncoder(nn.Module):
    """Signatures -> unit vectors [N, ``width``]."""

    def __init__(self, config: StrokeNet) -> None:
        super().__init__()
        self.config = config
        self.width = config.width
        c = config.channels
        self.stem = nn.Conv1d(len(config.features), c, 7, padding=3)
        self.middle = nn.Conv1d(c, c, 5, padding=2)
        self.top = nn.Conv1d(c, c, 3, padding=1)
        self.attention = nn.Conv1d(c, c, 1)
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(2 * c, config.width)
        self.scales: Tensor
        self.register_buffer("scales", torch.ones(len(config.features)))

    def fit_scales(self, items: Sequence[Signature]) -> None:
        """Learn on training data what each feature is divided by: its standard deviation over all moments."""
        prepared = self.prepare(items)
        inside = prepared[:, 0] > 0
        spread = torch.stack([row[inside].std() for row in (prepared[:, 1:] * self.scales[:, None]).unbind(1)])
        self.scales.copy_(torch.where(spread > 1e-3, spread, 1.0))

    def prepare(self, items: Sequence[Signature]) -> Tensor:
        """float32 [N, 1 + features, ``longest``]: first 1 where there is a sample and 0 behind the last one."""
        table = np.zeros((len(items), 1 + len(self.config.features), self.config.longest), dtype=np.float32)
        for row, item in zip(table, items, strict=True):
            found = modern_features(ink_path(item, self.config.cutoff))
            for place, name in enumerate(self.config.features, start=1):
                if name in found or name not in _OPTIONAL:
                    series = found[name][:: self.config.step][: self.config.longest]
                    row[place, : len(series)] = series
                    row[0, : len(series)] = 1
        prepared = torch.from_numpy(table).to(self.scales.device)
        prepared[:, 1:] /= self.scales[:, None]
        return prepared

    def steps(self, prepared: Tensor) -> tuple[Tensor, Tensor]:
        """What is seen at each moment, [B, channels, T / 2], and which moments exist, bool [B, 1, T / 2]."""
        # Padding behind the longest of the batch is not worth computing.
        used = int(prepared[:, 0].sum(dim=1).amax()) if len(prepared) else 0
        used = max(used + used % 2, 2)
        inside = F.max_pool1d(prepared[:, :1, :used], 2) > 0
        # Zero behind the end at every layer: a signature's vector must not depend on its company.
        x = F.gelu(self.stem(prepared[:, 1:, :used])) * prepared[:, :1, :used]
        x = self.drop(F.avg_pool1d(x, 2) * inside)
        x = (x + F.gelu(self.middle(x))) * inside
        return (x + F.gelu(self.top(x))) * inside, inside

    def forward(self, prepared: Tensor) -> Tensor:
        """[B, 1 + features, T] -> unit vectors [B, ``width``]."""
        x, inside = self.steps(prepared)
        weight = self.attention(x).masked_fill(~inside, -torch.inf).softmax(dim=2)
        mean = (weight * x).sum(dim=2)
        spread = (weight * (x - mean[:, :, None]).square()).sum(dim=2).add(1e-6).sqrt()
        return F.normalize(self.out(self.drop(torch.cat([mean, spread], dim=1))), dim=1)

    @torch.inference_mode()
    def encode(self, items: Sequence[Signature]) -> NDArray[np.float32]:
        """Unit vectors float32 [N, ``width``]; raises BadDataError for a signature without ink."""
        training = self.training
        self.eval()
        chunks = [self(self.prepare(items[i : i + _BATCH])).cpu() for i in range(0, len(items), _BATCH)]
        self.train(training)
        return torch.cat(chunks).numpy() if chunks else np.zeros((0, self.width), dtype=np.float32)
