"""A block of consecutive numbers at a random place: the cheapest biased compressor there is."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.core.seeding import stream_seed
from shoestring.distributed.codec import Targets, entries_message, exchange_entries
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Layout, lay_out
from shoestring.distributed.traffic import Message


@component
class RandomBlock:
    """Vogels et al. 2019, appendix G: one contiguous slice of every matrix, at a place that all workers know."""

    kind: Literal["random-block"] = "random-block"
    rank: int = 2
    """As many numbers travel as with PowerSGD of this rank: r (n + m)."""
    feedback: bool = True
    """Remember what was not sent."""
    seed: int = 0
    """Of the places, which must be the same on every worker."""

    def codec(self, shapes: Mapping[str, Sequence[int]], device: torch.device | str = "cpu") -> "RandomBlockCodec":
        """A codec for parameters of these shapes."""
        return RandomBlockCodec(lay_out(shapes, self.rank, 1.0), self)


class RandomBlockCodec:
    """One all-reduce of slices; slices wrap around at the end of a matrix."""

    def __init__(self, layout: Layout, settings: RandomBlock) -> None:
        self.layout, self.feedback, self._seed = layout, settings.feedback, settings.seed

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """One all-reduce with ``plain``."""
        draw = torch.Generator().manual_seed(int(stream_seed(self._seed, f"random-block/{step}").generate_state(1)[0]))
        chosen = []
        for group, stack in zip(self.layout.groups, memory.stacks, strict=True):
            starts = torch.randint(group.size, (len(group.names), 1), generator=draw)
            chosen.append(((starts + torch.arange(group.factors)) % group.size).to(stack.device))
        return exchange_entries(memory, plain, targets, communicator, chosen)

    def messages(self, plain: int, step: int) -> list[Message]:
        """Values only: the places follow from seed and step."""
        return [entries_message(self.layout, plain)]

    def state_dict(self) -> dict[str, Any]:
        """Nothing is carried."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to put back."""
