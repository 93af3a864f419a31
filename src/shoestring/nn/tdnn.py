"""Time-delay neural networks: convolutions over time whose unit outputs are squashed (Bromley et al. 1993)."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class TimeDelay:
    """One layer: ``channels`` feature maps with a field of ``width`` samples over all maps below."""

    channels: int
    width: int
    stride: int = 1
    average: int = 1
    """Neighbouring outputs averaged into one, after the squashing; 1 for none."""


WIDE = (TimeDelay(12, 11, stride=3), TimeDelay(16, 10, stride=3))
"""Architecture 1: 8 x 200 -> 12 x 64 -> 16 x 19 = 304 outputs, 3,004 weights."""
COMPACT = (TimeDelay(6, 9, average=3), TimeDelay(4, 8, average=3))
"""Architecture 2: 8 x 200 -> 6 x 192 -> 6 x 64 -> 4 x 57 -> 4 x 19 = 76 outputs, 634 weights."""


class Tdnn(nn.Module):
    """Layers of :class:`TimeDelay` with tanh units: float [B, inputs, T] -> [B, outputs] in (-1, 1)."""

    def __init__(self, layers: Sequence[TimeDelay], inputs: int = 8) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        for layer in layers:
            blocks += [nn.Conv1d(inputs, layer.channels, layer.width, layer.stride), nn.Tanh()]
            if layer.average > 1:
                blocks.append(nn.AvgPool1d(layer.average))
            inputs = layer.channels
        self.layers = nn.Sequential(*blocks)

    def forward(self, series: Tensor) -> Tensor:
        """The outputs of the last layer, map after map."""
        return self.layers(series).flatten(1)
