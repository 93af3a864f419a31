"""No compression: one all-reduce of everything."""

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
class NoCompression:
    """Gradients travel as they are: what most links inside a data centre deserve."""

    kind: Literal["none"] = "none"

    def codec(self, shapes: Mapping[str, Sequence[int]], device: torch.device | str = "cpu") -> "NoCompressionCodec":
        """A codec for parameters of these shapes."""
        return NoCompressionCodec(lay_out(shapes, 0))


class NoCompressionCodec:
    """Everything is plain."""

    def __init__(self, layout: Layout) -> None:
        self.layout, self.feedback = layout, False

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """One all-reduce."""
        return exchange_exactly(memory, plain, targets, communicator)

    def messages(self, plain: int, step: int) -> list[Message]:
        """Four bytes a number."""
        return [exact_message(self.layout, plain)]

    def state_dict(self) -> dict[str, Any]:
        """Nothing is carried."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to put back."""
