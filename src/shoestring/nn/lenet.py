"""Layers of the convolutional networks of the 1990s: trainable subsampling and partly connected convolutions."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Subsampling(nn.Module):
    """Averages of fields that do not overlap, times a trainable gain, plus a trainable bias, for each map.

    LeCun, Bottou, Bengio & Haffner 1998, section II.B. float [B, C, H, W] -> [B, C, H / h, W / w] for a field (h, w).
    """

    def __init__(self, maps: int, field: tuple[int, int]) -> None:
        super().__init__()
        self.field = field
        self.gain = nn.Parameter(torch.ones(maps))
        self.bias = nn.Parameter(torch.zeros(maps))

    def forward(self, maps: Tensor) -> Tensor:
        """Before the squashing."""
        return self.scaled(F.avg_pool2d(maps, self.field))

    def scaled(self, averages: Tensor) -> Tensor:
        """The second half: averages [B, C, h', w'] times the gain plus the bias."""
        return averages * self.gain[:, None, None] + self.bias[:, None, None]


class PartialConv2d(nn.Module):
    """A convolution in which each output map sees only some input maps; it has no bias.

    ``table[j]`` names the inputs of output ``j``. There is one kernel for each connection and no other weight: what is
    not connected takes no memory and cannot be trained.
    """

    def __init__(self, table: Sequence[Sequence[int]], inputs: int, field: int) -> None:
        super().__init__()
        pairs = [(out, into) for out, row in enumerate(table) for into in row]
        if len(set(pairs)) != len(pairs) or any(not 0 <= into < inputs for _, into in pairs):
            raise ValueError(f"each connection once, from inputs 0 to {inputs - 1}")
        self.shape = (len(table), inputs, field, field)
        self.places: Tensor
        self.register_buffer("places", torch.tensor(pairs).T.contiguous(), persistent=False)
        self.kernels = nn.Parameter(torch.empty(len(pairs), field, field))
        fan_in = torch.tensor([len(row) for row in table])[self.places[0]] * field**2
        with torch.no_grad():
            self.kernels.normal_().div_(fan_in.sqrt()[:, None, None])

    @property
    def weight(self) -> Tensor:
        """[outputs, inputs, field, field] with zeros where nothing is connected."""
        return self.kernels.new_zeros(self.shape).index_put(tuple(self.places), self.kernels)

    def forward(self, maps: Tensor) -> Tensor:
        """float [B, inputs, H, W] -> [B, outputs, H - field + 1, W - field + 1]."""
        return F.conv2d(maps, self.weight)


def averaged_convolution(maps: Tensor, weight: Tensor, bias: Tensor | None, field: tuple[int, int]) -> Tensor:
    """``avg_pool2d(conv2d(maps, weight, bias), field)`` in one convolution, with the kernels averaged instead.

    Both steps are linear, so averaging an output over a field is the same as convolving with the mean of the kernels
    that are shifted over it, at every field's first place only: for 2 x 2 a quarter of the places.
    """
    height, width = field
    padded = F.pad(weight, (width - 1, width - 1, height - 1, height - 1))
    return F.conv2d(maps, F.avg_pool2d(padded, field, stride=1), bias, stride=field)


def connection_table(outputs: int, inputs: int, connections: int) -> list[list[int]]:
    """Which inputs each output sees, ``connections`` in all, as evenly spread as whole numbers allow.

    Output j takes k or k + 1 inputs, from number j on, 1, 2, 3 and so on apart in each further round, so that no two
    outputs of different rounds see the same neighbourhood (LeNet-5, table I, has contiguous and other subsets too).
    """
    fewest, more = divmod(connections, outputs)
    table = []
    for j in range(outputs):
        size = fewest + ((j + 1) * more // outputs - j * more // outputs)
        step = _steps(inputs)[(j // inputs) % len(_steps(inputs))]
        table.append(sorted((j + step * k) % inputs for k in range(size)))
    return table


def _steps(inputs: int) -> list[int]:
    """Distances with which a walk around ``inputs`` places meets no place twice."""
    return [step for step in range(1, max(inputs, 2)) if math.gcd(step, inputs) == 1]
