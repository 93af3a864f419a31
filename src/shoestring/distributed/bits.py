"""Eight signs in a byte."""

import torch
from torch import Tensor


def packed_bytes(numbers: int) -> int:
    """Bytes that hold one bit for each number."""
    return (numbers + 7) // 8


def pack_signs(positive: Tensor) -> Tensor:
    """bool [N] -> uint8 [ceil(N / 8)]; the first is the lowest bit of the first byte."""
    padded = torch.zeros(8 * packed_bytes(positive.numel()), dtype=torch.uint8, device=positive.device)
    padded[: positive.numel()] = positive
    weights = torch.tensor([1, 2, 4, 8, 16, 32, 64, 128], dtype=torch.uint8, device=positive.device)
    return (padded.view(-1, 8) * weights).sum(1, dtype=torch.uint8)


def unpack_signs(packed: Tensor, numbers: int) -> Tensor:
    """The inverse of :func:`pack_signs`: bool [numbers]."""
    shifts = torch.arange(8, dtype=torch.uint8, device=packed.device)
    return ((packed[:, None] >> shifts) & 1).flatten()[:numbers].bool()
