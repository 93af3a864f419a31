"""A random projection of each matrix: right on average, and far away each time."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.core.seeding import stream_seed
from shoestring.distributed.codec import Targets, finite
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Group, Layout, lay_out
from shoestring.distributed.products import times, times_transposed, write_product
from shoestring.distributed.traffic import Message


@component
class UnbiasedLowRank:
    """Vogels et al. 2019, section 4.1: M U U^T with E[U U^T] = I. The control that shows what bias with memory buys."""

    kind: Literal["unbiased-low-rank"] = "unbiased-low-rank"
    rank: int = 2
    """Columns of the sketch."""
    seed: int = 0
    """Of the sketches, which must be the same on every worker."""

    def codec(self, shapes: Mapping[str, Sequence[int]], device: torch.device | str = "cpu") -> "UnbiasedLowRankCodec":
        """A codec for parameters of these shapes."""
        return UnbiasedLowRankCodec(lay_out(shapes, self.rank, 1.0), self.seed, device)


class UnbiasedLowRankCodec:
    """One all-reduce of one factor; the other one is random and known to everybody. There is no feedback."""

    def __init__(self, layout: Layout, seed: int, device: torch.device | str) -> None:
        self.layout, self.feedback, self._seed, self._device = layout, False, seed, device

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """Sketch the longer side, so that the shorter one travels."""
        sketches = [self._sketch(group, step) for group in self.layout.groups]
        own = [
            times_transposed(sketch, stack) if group.rows <= group.columns else times(sketch, stack)
            for sketch, stack, group in zip(sketches, memory.stacks, self.layout.groups, strict=True)
        ]
        message = communicator.mean_(torch.cat([*(part.flatten() for part in own), plain]))
        if not finite(message):
            return False
        at = 0
        for index, group in enumerate(self.layout.groups):
            mean = message[at : at + own[index].numel()].view_as(own[index])
            at += own[index].numel()
            wide = group.rows <= group.columns
            for row, target in enumerate(targets[index]):
                left, right = (mean[row], sketches[index][row]) if wide else (sketches[index][row], mean[row])
                write_product(left, right, target)
        plain.copy_(message[at:])
        return True

    def messages(self, plain: int, step: int) -> list[Message]:
        """One factor only."""
        numbers = sum(len(g.names) * g.rank * min(g.rows, g.columns) for g in self.layout.groups)
        return [Message("all-reduce", 4 * (numbers + plain))]

    def state_dict(self) -> dict[str, Any]:
        """Nothing is carried."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to put back."""

    def _sketch(self, group: Group, step: int) -> Tensor:
        """Orthonormal rows in a uniformly random direction times sqrt(long / r): then E[U U^T] = I."""
        long = max(group.rows, group.columns)
        name = f"unbiased/{group.names[0]}/{step}"
        draw = torch.Generator().manual_seed(int(stream_seed(self._seed, name).generate_state(1)[0]))
        gaussian = torch.randn(len(group.names), long, group.rank, generator=draw)
        orthonormal = torch.linalg.qr(gaussian).Q
        return (orthonormal.transpose(1, 2) * (long / group.rank) ** 0.5).contiguous().to(self._device)
