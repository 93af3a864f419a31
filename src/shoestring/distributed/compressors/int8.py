"""Eight bits a number, with one scale a matrix."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.distributed.codec import Targets, finite
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Layout, lay_out
from shoestring.distributed.traffic import Message

LEVELS = 127


@component
class Int8:
    """Each matrix is rounded to 255 levels between minus and plus its largest magnitude."""

    kind: Literal["int8"] = "int8"
    feedback: bool = True
    """Remember what rounding took."""

    def codec(self, shapes: Mapping[str, Sequence[int]], device: torch.device | str = "cpu") -> "Int8Codec":
        """A codec for parameters of these shapes."""
        return Int8Codec(lay_out(shapes, 1), self.feedback)


class Int8Codec:
    """One all-gather of bytes, one of scales, one all-reduce of the rest.

    Bytes of different scales cannot be added on the way, and sums of many bytes would not fit a byte.
    """

    def __init__(self, layout: Layout, feedback: bool) -> None:
        self.layout, self.feedback = layout, feedback

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """The mean over workers of level x scale."""
        levels, scales, own = [], [], []
        for stack in memory.stacks:
            scale = stack.abs().amax((1, 2)) / LEVELS
            divisor = torch.where(scale > 0, scale, torch.ones_like(scale))[:, None, None]
            rounded = (stack / divisor).round_().nan_to_num(0.0, 0.0, 0.0)
            own.append(rounded * divisor)
            levels.append(rounded.to(torch.int8).flatten())
            scales.append(scale)
        all_levels = communicator.gather(torch.cat(levels)) if levels else []
        all_scales = communicator.gather(torch.cat(scales)) if scales else []
        communicator.mean_(plain)
        good = finite(plain) and all(finite(scale) for scale in all_scales)
        at = row = 0
        for index, stack in enumerate(memory.stacks):
            total = torch.zeros_like(stack)
            for message, scale in zip(all_levels, all_scales, strict=True):
                total += message[at : at + stack.numel()].view_as(stack) * scale[row : row + len(stack), None, None]
            at, row = at + stack.numel(), row + len(stack)
            for matrix, target in zip(total / communicator.size, targets[index], strict=True):
                target.copy_(matrix)
        if good:
            for index, part in enumerate(own):
                memory.subtract(index, part)
        return good

    def messages(self, plain: int, step: int) -> list[Message]:
        """A byte a number."""
        matrices = sum(len(group.names) for group in self.layout.groups)
        gathered = [Message("all-gather", self.layout.compressed_numbers), Message("all-gather", 4 * matrices)]
        return [*(gathered if matrices else []), Message("all-reduce", 4 * plain)]

    def state_dict(self) -> dict[str, Any]:
        """Nothing is carried."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to put back."""
