"""One bit a number, and one size a matrix."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.distributed.bits import pack_signs, packed_bytes, unpack_signs
from shoestring.distributed.codec import Targets, finite
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Layout, lay_out
from shoestring.distributed.traffic import Message


@component
class SignNorm:
    """Vogels et al. 2019, appendix G: each matrix becomes its signs times the mean magnitude of its entries."""

    kind: Literal["sign-norm"] = "sign-norm"
    feedback: bool = True
    """Remember what was not sent."""

    def codec(self, shapes: Mapping[str, Sequence[int]], device: torch.device | str = "cpu") -> "SignNormCodec":
        """A codec for parameters of these shapes."""
        return SignNormCodec(lay_out(shapes, 1), self.feedback)


class SignNormCodec:
    """One all-gather of bits, one of sizes, one all-reduce of the rest."""

    def __init__(self, layout: Layout, feedback: bool) -> None:
        self.layout, self.feedback = layout, feedback

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """The mean over workers of sign x size."""
        bits, sizes, own = [], [], []
        for stack in memory.stacks:
            size = stack.abs().mean((1, 2))
            positive = stack >= 0
            bits.append(pack_signs(positive.flatten()))
            sizes.append(size)
            own.append(torch.where(positive, size[:, None, None], -size[:, None, None]))
        all_bits = communicator.gather(torch.cat(bits)) if bits else []
        all_sizes = communicator.gather(torch.cat(sizes)) if sizes else []
        communicator.mean_(plain)
        good = finite(plain) and all(finite(size) for size in all_sizes)
        at = row = 0
        for index, stack in enumerate(memory.stacks):
            total = torch.zeros_like(stack)
            length = packed_bytes(stack.numel())
            for message, size in zip(all_bits, all_sizes, strict=True):
                positive = unpack_signs(message[at : at + length], stack.numel()).view_as(stack)
                magnitude = size[row : row + len(stack), None, None]
                total += torch.where(positive, magnitude, -magnitude)
            at, row = at + length, row + len(stack)
            for matrix, target in zip(total / communicator.size, targets[index], strict=True):
                target.copy_(matrix)
        if good:
            for index, part in enumerate(own):
                memory.subtract(index, part)
        return good

    def messages(self, plain: int, step: int) -> list[Message]:
        """A bit a number, rounded up to bytes by group."""
        bits = sum(packed_bytes(len(group.names) * group.size) for group in self.layout.groups)
        matrices = sum(len(group.names) for group in self.layout.groups)
        gathered = [Message("all-gather", bits), Message("all-gather", 4 * matrices)] if matrices else []
        return [*gathered, Message("all-reduce", 4 * plain)]

    def state_dict(self) -> dict[str, Any]:
        """Nothing is carried."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to put back."""
