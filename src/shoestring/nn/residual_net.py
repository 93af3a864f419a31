"""Residual networks for images of 32 x 32: He et al. 2016 with the first layers that small images need."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ResidualNet(nn.Module):
    """float [B, 3, H, W] -> logits [B, classes]. The defaults are ResNet-18 for CIFAR-10: 11,173,962 weights.

    Groups of blocks are ``width``, 2 ``width``, 4 ``width`` ... channels wide; all but the first halve the image.
    """

    def __init__(self, *, width: int = 64, blocks: Sequence[int] = (2, 2, 2, 2), classes: int = 10) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        layers, channels = [], width
        for group, count in enumerate(blocks):
            for block in range(count):
                wider = width * 2**group
                layers.append(ResidualBlock(channels, wider, stride=2 if group and not block else 1))
                channels = wider
        self.blocks = nn.Sequential(*layers)
        self.last = nn.Linear(channels, classes)

    def forward(self, images: Tensor) -> Tensor:
        x = F.relu(self.first_norm(self.first(images)))
        return self.last(self.blocks(x).mean((2, 3)))


class ResidualBlock(nn.Module):
    """Two convolutions beside a short cut, which is a 1 x 1 convolution where the shape changes."""

    def __init__(self, channels: int, wider: int, stride: int) -> None:
        super().__init__()
        self.one = nn.Conv2d(channels, wider, 3, stride=stride, padding=1, bias=False)
        self.one_norm = nn.BatchNorm2d(wider)
        self.two = nn.Conv2d(wider, wider, 3, padding=1, bias=False)
        self.two_norm = nn.BatchNorm2d(wider)
        self.short: nn.Module = nn.Identity()
        if stride != 1 or channels != wider:
            self.short = nn.Sequential(
                nn.Conv2d(channels, wider, 1, stride=stride, bias=False), nn.BatchNorm2d(wider)
            )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(self.one_norm(self.one(x)))
        return F.relu(self.two_norm(self.two(inner)) + self.short(x))


def flipped_and_shifted(images: Tensor, draw: torch.Generator, most: int = 2) -> Tensor:
    """Each of ``images`` [B, C, H, W] mirrored or not, and shifted by at most ``most`` pixels each way over zeros."""
    count, _, height, width = images.shape
    mirror = torch.rand(count, generator=draw) < 0.5
    images = torch.where(mirror[:, None, None, None], images.flip(3), images)
    padded = F.pad(images, (most,) * 4)
    down, right = torch.randint(2 * most + 1, (2, count, 1, 1), generator=draw)
    rows = (torch.arange(height)[None, :, None] + down).expand(count, height, width)
    columns = (torch.arange(width)[None, None, :] + right).expand(count, height, width)
    # Contiguous, because with channels last the backward pass of torch 2.13 crashed on images of eight pixels.
    return padded[torch.arange(count)[:, None, None], :, rows, columns].permute(0, 3, 1, 2).contiguous()
