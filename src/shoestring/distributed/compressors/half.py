"""Numbers of 16 bits: half the bytes, next to no work."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.distributed.codec import Targets, exact_message, exchange_exactly
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Layout, lay_out
from shoestring.distributed.traffic import Message


@component
class Half:
    """Everything, vectors included, is rounded to float16 and averaged by one all-reduce."""

    kind: Literal["fp16"] = "fp16"
    feedback: bool = False
    """Remember what rounding took from the matrices; off as in PyTorch's hook."""

    def codec(self, shapes: Mapping[str, Sequence[int]], device: torch.device | str = "cpu") -> "HalfCodec":
        """A codec for parameters of these shapes."""
        return HalfCodec(lay_out(shapes, 1), self.feedback)


class HalfCodec:
    """One all-reduce of float16."""

    def __init__(self, layout: Layout, feedback: bool) -> None:
        self.layout, self.feedback = layout, feedback

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """One all-reduce; numbers above 65,504 become infinite, and the step is then skipped."""
        return exchange_exactly(memory, plain, targets, communicator, torch.float16)

    def messages(self, plain: int, step: int) -> list[Message]:
        """Two bytes a number."""
        return [exact_message(self.layout, plain, 2)]

    def state_dict(self) -> dict[str, Any]:
        """Nothing is carried."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to put back."""
