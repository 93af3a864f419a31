"""Random changes of pictures that leave who they show: each picture of a batch is changed in its own way."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from shoestring.core.component import component


class Changes(NamedTuple):
    """What is done to each of B pictures; all float32."""

    flip: Tensor
    """[B] -1 to mirror left and right, else 1."""
    angle: Tensor
    """[B] radians, anticlockwise."""
    scale: Tensor
    """[B] above 1 enlarges."""
    shift: Tensor
    """[B, 2] to the right and down, in shares of the picture's sides."""
    contrast: Tensor
    """[B] factor around the mean."""
    brightness: Tensor
    """[B] added."""
    light: Tensor
    """[B, 2] added at the right and lower border, subtracted at the others."""
    hole: Tensor
    """[B, 4] left, top, right, lower border of what is erased, in shares of the sides."""


@component
class Augment:
    """Mirror, turn, scale, shift, change the light and erase a part; every amount is drawn for each picture."""

    flip: float = 0.5
    """Share of pictures that are mirrored; 0 for writing."""
    angle: float = 8.0
    """Degrees, at most to either side."""
    scale: float = 0.1
    """At most this share larger or smaller."""
    shift: float = 0.06
    """At most this share of the side in each direction."""
    contrast: float = 0.2
    """At most this share more or less."""
    brightness: float = 0.1
    """At most this much of the range from black to white."""
    light: float = 0.1
    """Likewise, from one border to the middle."""
    erase: float = 0.3
    """Share of pictures from which a rectangle is erased."""
    erased: float = 0.2
    """Largest part of the area that is erased."""

    def __post_init__(self) -> None:
        amounts = (self.angle, self.scale, self.shift, self.contrast, self.brightness, self.light)
        if min(amounts) < 0 or self.scale >= 1 or self.contrast >= 1:
            raise ValueError("amounts are not below 0, scale and contrast below 1")
        if not (0 <= self.flip <= 1 and 0 <= self.erase <= 1 and 0 <= self.erased <= 1):
            raise ValueError("flip, erase and erased are shares from 0 to 1")

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Changed copies of ``images`` [B, C, H, W] in [0, 1]; values may leave that range a little."""
        return apply(images, self.draw(len(images), generator))

    def draw(self, count: int, generator: torch.Generator) -> Changes:
        """Changes for ``count`` pictures; the stream moves by the same amount whatever the settings are."""
        u = torch.rand(count, 14, generator=generator)
        either = 2 * u - 1
        area = self.erased * u[:, 9] * (u[:, 10] < self.erase)
        # Sides of the hole with an aspect between 1/2 and 2, neither longer than the picture.
        aspect = torch.exp(math.log(2) * either[:, 11])
        sides = torch.stack([(area * aspect).sqrt(), (area / aspect).sqrt()], dim=1).clamp_max(1)
        corner = u[:, 12:14] * (1 - sides)
        return Changes(
            flip=torch.where(u[:, 0] < self.flip, -1.0, 1.0),
            angle=math.radians(self.angle) * either[:, 1],
            scale=1 + self.scale * either[:, 2],
            shift=self.shift * either[:, 3:5],
            contrast=1 + self.contrast * either[:, 5],
            brightness=self.brightness * either[:, 6],
            light=self.light * either[:, 7:9],
            hole=torch.cat([corner, corner + sides], dim=1),
        )


def apply(images: Tensor, changes: Changes) -> Tensor:
    """``changes`` carried out on ``images`` [B, C, H, W]; what comes in from beyond the border repeats the border.

    Differentiable in the pixels. The erased part takes the mean of the picture.
    """
    height, width = images.shape[2:]
    changes = Changes(*(change.to(images.device, images.dtype) for change in changes))
    grid = F.affine_grid(affine(changes, height / width), list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)
    mean = moved.mean(dim=(1, 2, 3), keepdim=True)
    x = (torch.arange(width, device=images.device, dtype=images.dtype) + 0.5) / width
    y = (torch.arange(height, device=images.device, dtype=images.dtype) + 0.5) / height
    light = changes.light[:, 0, None, None] * (2 * x - 1) + changes.light[:, 1, None, None] * (2 * y - 1)[:, None]
    lit = mean + (moved - mean) * _wide(changes.contrast) + _wide(changes.brightness) + light[:, None]
    left, top, right, lower = changes.hole.T[:, :, None]
    inside = ((y >= top) & (y < lower))[:, :, None] & ((x >= left) & (x < right))[:, None, :]
    return torch.where(inside[:, None], mean, lit)


def affine(changes: Changes, aspect: float) -> Tensor:
    """[B, 2, 3] from places of the new picture to places of the old one, both in [-1, 1] on each axis.

    ``aspect`` is height / width: without it, turning would shear pictures that are not square.
    """
    cos, sin = torch.cos(changes.angle) / changes.scale, torch.sin(changes.angle) / changes.scale
    across = torch.stack([changes.flip * cos, -changes.flip * sin * aspect], dim=1)
    linear = torch.stack([across, torch.stack([sin / aspect, cos], dim=1)], dim=1)
    offset = -(linear @ (2 * changes.shift)[:, :, None])
    return torch.cat([linear, offset], dim=2)


def _wide(values: Tensor) -> Tensor:
    return values[:, None, None, None]
