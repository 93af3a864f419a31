"""Faces by the texture of their parts: histograms of local binary patterns; no weight is trained."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.data.image_tensors import stack_pictures
from shoestring.data.images import Fit, Picture
from shoestring.nn.binary_patterns import PATTERNS, binary_patterns, cell_histograms

_BATCH = 128


@component
class LocalPatterns:
    """Ahonen, Hadid & Pietikaeinen 2006: what share of each part of the picture shows each of 59 small patterns.

    The vector holds the roots of the shares, less their mean over training pictures: the only thing that is learned.
    The order of grey values is all that counts of the light. Projections onto the principal directions of sixteen
    training people were tried and lost what tells other people apart.
    """

    kind: Literal["local-patterns"] = "local-patterns"
    height: int = 72
    breadth: int = 60
    """Pixels."""
    rows: int = 6
    columns: int = 5
    """Parts of the picture, each with a histogram of its own."""
    radius: int = 2
    """Pixels from the middle of a pattern to its eight neighbours."""
    mirror: bool = True
    """Whether the vector is the mean direction of a picture and its mirror image."""
    fit: Fit = "crop"

    def __post_init__(self) -> None:
        if min(self.rows, self.columns, self.radius) < 1:
            raise ValueError("rows, columns and radius are at least 1")
        if self.height < 2 * (self.rows + self.radius) or self.breadth < 2 * (self.columns + self.radius):
            raise ValueError(
                f"{self.height} x {self.breadth} pixels are too few for {self.rows} x {self.columns} parts"
            )

    def build(self) -> "LocalPatternsEncoder":
        """An encoder that has seen nobody: :meth:`LocalPatternsEncoder.fit_scales` measures the mean."""
        return LocalPatternsEncoder(self)


class LocalPatternsEncoder(nn.Module):
    """Pictures -> unit vectors [N, ``width``]."""

    mean: Tensor

    def __init__(self, config: LocalPatterns) -> None:
        super().__init__()
        self.config = config
        self.width = config.rows * config.columns * PATTERNS
        self.register_buffer("mean", torch.zeros(self.width))

    def fit_scales(self, items: Sequence[Picture]) -> None:
        """The mean over training pictures and their mirror images; of none it stays 0."""
        if len(items):
            self.mean.copy_(self.prepare(items[:]).flatten(0, 1).double().mean(dim=0))

    def prepare(self, items: Sequence[Picture]) -> Tensor:
        """float32 [N, 2 or 1, ``width``]: roots of the shares, of the picture and of its mirror image."""
        config = self.config
        images = stack_pictures(items, config.height, config.breadth, fit=config.fit)[:, 0].to(self.mean.device)
        views = [images, images.flip(-1)] if config.mirror else [images]
        found = [
            cell_histograms(binary_patterns(view, config.radius), config.rows, config.columns).sqrt() for view in views
        ]
        return torch.stack(found, dim=1)

    def forward(self, prepared: Tensor) -> Tensor:
        """[B, 2 or 1, ``width``] -> unit vectors [B, ``width``]."""
        seen = F.normalize(prepared - self.mean, dim=2)
        return F.normalize(seen.sum(dim=1), dim=1)

    @torch.inference_mode()
    def encode(self, items: Sequence[Picture]) -> NDArray[np.float32]:
        """Unit vectors float32 [N, ``width``]; raises BadDataError for what is not a picture."""
        chunks = [self(self.prepare(items[i : i + _BATCH])).cpu() for i in range(0, len(items), _BATCH)]
        return torch.cat(chunks).numpy() if chunks else np.zeros((0, self.width), dtype=np.float32)
