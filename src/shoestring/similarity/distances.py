"""Squared Euclidean distances that stay exact where they are small."""

import torch
from torch import Tensor


def wide(z: Tensor) -> Tensor:
    """``z`` without gradient, in double precision where the device has it (Apple's has not), else in single."""
    return z.detach().to(torch.float32 if z.device.type == "mps" else torch.float64)


def squared_distances(left: Tensor, right: Tensor) -> Tensor:
    r""":math:`|a - b|^2` of all pairs: float64 [A, D] and [B, D] -> [A, B], never negative; without gradient.

    In double precision :math:`|a|^2 + |b|^2 - 2ab` is one matrix product, and the products of single-precision inputs
    are exact; what is lost is about 1e-16 of :math:`|a|^2`, so that vectors 1e-5 apart keep six digits. In single
    precision it would lose the distances of near neighbours to rounding, so other inputs are subtracted instead.
    """
    if left.dtype != torch.float64:
        return torch.cdist(left, right, compute_mode="donot_use_mm_for_euclid_dist").square()
    squared = torch.addmm(right.square().sum(dim=1)[None], left, right.T, alpha=-2)
    return squared.add_(left.square().sum(dim=1)[:, None]).clamp_min_(0)
