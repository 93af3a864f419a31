"""Local binary patterns: which neighbours of a pixel are at least as light as it is."""

import math

import torch
from torch import Tensor

PATTERNS = 59
"""58 patterns whose circle of eight bits changes at most twice, and one for all others."""


def uniform_codes() -> Tensor:
    """int64 [256]: the number, 0 to 58, of each pattern of eight bits; 58 for those that change more than twice."""
    bits = (torch.arange(256)[:, None] >> torch.arange(8)) & 1
    uniform = (bits != bits.roll(1, dims=1)).sum(dim=1) <= 2
    return torch.where(uniform, uniform.long().cumsum(0) - 1, PATTERNS - 1)


def binary_patterns(grey: Tensor, radius: int = 1) -> Tensor:
    """Numbers of the patterns, int64 [B, H - 2 ``radius``, W - 2 ``radius``], of pictures [B, H, W].

    Bit k is set where the neighbour at ``radius`` pixels in direction 45 k degrees, rounded to the grid of pixels, is
    at least as light as the middle. Ojala, Pietikaeinen & Maeenpaeae 2002, u2 mapping, without interpolation: equal
    grey values stay equal.
    """
    height, width = grey.shape[1] - 2 * radius, grey.shape[2] - 2 * radius
    middle = grey[:, radius : radius + height, radius : radius + width]
    code = torch.zeros(middle.shape, dtype=torch.int64, device=grey.device)
    for k in range(8):
        down, right = round(radius * math.sin(math.pi * k / 4)), round(radius * math.cos(math.pi * k / 4))
        top, left = radius + down, radius + right
        neighbour = grey[:, top : top + height, left : left + width]
        code |= (neighbour >= middle).long() << k
    return uniform_codes().to(grey.device)[code]


def cell_histograms(codes: Tensor, rows: int, columns: int) -> Tensor:
    """float32 [B, ``rows`` * ``columns`` * 59]: share of each pattern in each cell of [B, H, W], cell after cell.

    Cells differ by at most one pixel in height and width.
    """
    count, height, width = codes.shape
    row = torch.div(torch.arange(height, device=codes.device) * rows, height, rounding_mode="floor")
    column = torch.div(torch.arange(width, device=codes.device) * columns, width, rounding_mode="floor")
    cell = row[:, None] * columns + column
    label = (cell * PATTERNS + codes).flatten(1)
    total = torch.zeros(count, rows * columns * PATTERNS, device=codes.device)
    total.scatter_add_(1, label, torch.ones_like(label, dtype=total.dtype))
    size = torch.bincount(cell.flatten(), minlength=rows * columns)
    return total / size.repeat_interleave(PATTERNS).clamp_min(1)
