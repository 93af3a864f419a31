"""How far compressed gradients are from the true mean, beside the best that any matrices of their rank can be."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from shoestring.distributed.layout import matrix_shape


@dataclass(frozen=True)
class Study:
    """One step, all parameters together."""

    cosine: float
    """Between applied and true mean gradient."""
    relative_error: float
    """Norm of their difference over the norm of the true one; feedback may push it above 1."""
    optimal_error: Mapping[int, float]
    """By rank: the same for the truncated SVD of every matrix (Eckart and Young), vectors exact."""


def study(true: Mapping[str, Tensor], applied: Mapping[str, Tensor], ranks: Sequence[int] = (1, 2, 4)) -> Study:
    """Compare gradients by name."""
    left = torch.cat([true[name].flatten().double() for name in true])
    right = torch.cat([applied[name].flatten().double() for name in true])
    size = float(left.norm())
    if size == 0:
        return Study(math.nan, math.nan, dict.fromkeys(ranks, math.nan))
    missed = dict.fromkeys(ranks, 0.0)
    for grad in true.values():
        sides = matrix_shape(grad.shape)
        if sides is not None:
            squares = torch.linalg.svdvals(grad.reshape(sides).float()).double().square()
            for rank in ranks:
                missed[rank] += float(squares[rank:].sum())
    cosine = float(left @ right) / max(size * float(right.norm()), 1e-300)
    best = {rank: math.sqrt(part) / size for rank, part in missed.items()}
    return Study(cosine, float((right - left).norm()) / size, best)
