"""Inception modules with L2 pooling, as FaceNet has them (Schroff, Kalenichenko & Philbin 2015, table 2)."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Inception:
    """One module: four columns side by side whose maps are joined. A column of 0 maps is left out."""

    one: int
    """Maps of the 1x1 column."""
    three: tuple[int, int]
    """Maps of the 1x1 reduction and of the 3x3 convolution behind it."""
    five: tuple[int, int]
    """Likewise for 5x5."""
    pool: Literal["max", "l2"] = "max"
    project: int = 0
    """Maps of the 1x1 convolution behind the pooling; 0 passes the pooled maps on as they are."""
    stride: int = 1

    def outputs(self, inputs: int) -> int:
        """Maps that come out when ``inputs`` go in."""
        return self.one + self.three[1] + self.five[1] + (self.project or inputs)


class L2Pool(nn.Module):
    """Root of the sum of squares over 3x3 neighbours: float [B, C, H, W] -> [B, C, H / stride, W / stride]."""

    def __init__(self, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, maps: Tensor) -> Tensor:
        """Zeros stand beyond the border."""
        sums = 9 * F.avg_pool2d(maps.square(), 3, self.stride, padding=1)
        # The root has no slope at zero, where rectified maps often are.
        return sums.clamp_min(torch.finfo(maps.dtype).tiny).sqrt()


class InceptionModule(nn.Module):
    """float [B, inputs, H, W] -> [B, ``config.outputs(inputs)``, H / stride, W / stride], all rectified."""

    def __init__(self, config: Inception, inputs: int, *, normalise: bool = False) -> None:
        """``normalise`` adds batch normalisation behind every convolution, which then needs no bias."""
        super().__init__()
        self.outputs = config.outputs(inputs)

        def unit(into: int, out: int, field: int, stride: int = 1) -> list[nn.Module]:
            return rectified(into, out, field, stride, normalise=normalise)

        columns: list[nn.Module] = []
        if config.one:
            columns.append(nn.Sequential(*unit(inputs, config.one, 1)))
        for field, (reduced, out) in ((3, config.three), (5, config.five)):
            if out:
                columns.append(nn.Sequential(*unit(inputs, reduced, 1), *unit(reduced, out, field, config.stride)))
        pool = L2Pool(config.stride) if config.pool == "l2" else nn.MaxPool2d(3, config.stride, padding=1)
        project = unit(inputs, config.project, 1) if config.project else []
        columns.append(nn.Sequential(pool, *project))
        self.columns = nn.ModuleList(columns)

    def forward(self, maps: Tensor) -> Tensor:
        return torch.cat([column(maps) for column in self.columns], dim=1)


def rectified(inputs: int, outputs: int, field: int, stride: int = 1, *, normalise: bool = False) -> list[nn.Module]:
    """A convolution whose maps keep their size (divided by ``stride``), and a rectifier."""
    convolution = nn.Conv2d(inputs, outputs, field, stride, padding=field // 2, bias=not normalise)
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    middle = [nn.BatchNorm2d(outputs)] if normalise else []
    return [convolution, *middle, nn.ReLU()]
