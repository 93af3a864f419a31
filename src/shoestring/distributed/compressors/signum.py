"""The sign of a local momentum, decided by the majority of workers."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.distributed.bits import pack_signs, packed_bytes, unpack_signs
from shoestring.distributed.codec import Targets, finite, mark_if_spoilt
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Layout, lay_out
from shoestring.distributed.traffic import Message


@component
class Signum:
    """Bernstein et al. 2019: every entry of the update is -1 or 1, so the learning rate must be far smaller."""

    kind: Literal["signum"] = "signum"
    momentum: float = 0.9
    """Decay of each worker's own average of gradients, in [0, 1)."""

    def __post_init__(self) -> None:
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum={self.momentum}: must lie in [0, 1)")

    def codec(self, shapes: Mapping[str, Sequence[int]], device: torch.device | str = "cpu") -> "SignumCodec":
        """A codec for parameters of these shapes."""
        return SignumCodec(lay_out(shapes, 1), self.momentum, device)


class SignumCodec:
    """One all-gather of bits, one all-reduce of the rest. There is no feedback: the momentum is the memory.

    The momenta differ between workers and are not saved: a resumed run starts them at zero.
    """

    def __init__(self, layout: Layout, momentum: float, device: torch.device | str) -> None:
        self.layout, self.feedback, self._decay = layout, False, momentum
        self._momenta = [torch.zeros(len(g.names), g.rows, g.columns, device=device) for g in layout.groups]

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """+1 where at least half of the workers say so."""
        mark_if_spoilt(memory, plain)
        communicator.mean_(plain)
        bits = []
        for momentum, stack in zip(self._momenta, memory.stacks, strict=True):
            # One worker's NaN must not stay in its momentum for ever.
            momentum.lerp_(stack.nan_to_num(0.0, 0.0, 0.0), 1 - self._decay)
            bits.append(pack_signs((momentum >= 0).flatten()))
        gathered = communicator.gather(torch.cat(bits)) if bits else []
        at = 0
        for index, stack in enumerate(memory.stacks):
            length = packed_bytes(stack.numel())
            votes = torch.zeros(stack.numel(), device=stack.device)
            for message in gathered:
                votes += unpack_signs(message[at : at + length], stack.numel())
            at += length
            update = torch.where(2 * votes >= communicator.size, 1.0, -1.0).view_as(stack)
            for matrix, target in zip(update, targets[index], strict=True):
                target.copy_(matrix)
        return finite(plain)

    def messages(self, plain: int, step: int) -> list[Message]:
        """A bit a number, rounded up to bytes by group."""
        bits = sum(packed_bytes(len(group.names) * group.size) for group in self.layout.groups)
        return [Message("all-reduce", 4 * plain), *([Message("all-gather", bits)] if bits else [])]

    def state_dict(self) -> dict[str, Any]:
        """Nothing that is the same on every worker."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to put back."""
