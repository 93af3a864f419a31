"""Numbers at random places: what a random block does without its locality, and slower for it."""

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
class RandomK:
    """Vogels et al. 2019, appendix G: random entries of every matrix, at places that all workers know."""

    kind: Literal["random-k"] = "random-k"
    rank: int = 2
    """As many numbers travel as with PowerSGD of this rank: r (n + m)."""
    feedback: bool = True
    """Remember what was not sent."""
    seed: int = 0
    """Of the places, which must be the same on every worker."""

    def codec(self, shapes: Mapping[str, Sequence[int]], device: torch.device | str = "cpu") -> "RandomKCodec":
        """A codec for parameters of these shapes."""
        return RandomKCodec(lay_out(shapes, self.rank, 1.0), self)


class RandomKCodec:
    """One all-reduce of entries."""

    def __init__(self, layout: Layout, settings: RandomK) -> None:
        self.layout, self.feedback, self._seed = layout, settings.feedback, settings.seed

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """One all-reduce with ``plain``."""
        draw = torch.Generator().manual_seed(int(stream_seed(self._seed, f"random-k/{step}").generate_state(1)[0]))
        chosen = []
        for group, stack in zip(self.layout.groups, memory.stacks, strict=True):
            places = [torch.randperm(group.size, generator=draw)[: group.factors] for _ in group.names]
            chosen.append(torch.stack(places).to(stack.device))
        return exchange_entries(memory, plain, targets, communicator, chosen)

    def messages(self, plain: int, step: int) -> list[Message]:
        """Values only: the places follow from seed and step."""
        return [entries_message(self.layout, plain)]

    def state_dict(self) -> dict[str, Any]:
        """Nothing is carried."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to put back."""
