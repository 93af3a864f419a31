"""The largest numbers of each matrix, with their places."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.distributed.codec import Targets, finite
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Group, Layout, lay_out
from shoestring.distributed.traffic import Message


@component
class TopK:
    """Vogels et al. 2019, appendix G: k entries of largest magnitude. Workers choose differently, so all gather all."""

    kind: Literal["top-k"] = "top-k"
    rank: int = 2
    """As many bytes travel as with PowerSGD of this rank: k = r (n + m) / 2, since a place costs what a value costs."""
    feedback: bool = True
    """Remember what was not sent."""

    def codec(self, shapes: Mapping[str, Sequence[int]], device: torch.device | str = "cpu") -> "TopKCodec":
        """A codec for parameters of these shapes."""
        return TopKCodec(lay_out(shapes, self.rank, 1.0), self.feedback)


class TopKCodec:
    """One all-gather of places and values, one all-reduce of the rest."""

    def __init__(self, layout: Layout, feedback: bool) -> None:
        self.layout, self.feedback = layout, feedback

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """Places travel as the bits of int32 in the same message as the values."""
        parts, own = [], []
        for index, group in enumerate(self.layout.groups):
            flat = memory.stacks[index].flatten(1)
            where = flat.abs().topk(_entries(group), dim=1).indices
            values = flat.gather(1, where)
            parts += [where.to(torch.int32).flatten(), values.view(torch.int32).flatten()]
            own.append(torch.zeros_like(flat).scatter_(1, where, values).view_as(memory.stacks[index]))
        gathered = communicator.gather(torch.cat(parts)) if parts else []
        communicator.mean_(plain)
        at, good = 0, finite(plain)
        for index, group in enumerate(self.layout.groups):
            count, k = len(group.names), _entries(group)
            total = torch.zeros(count, group.size, device=plain.device)
            for message in gathered:
                where = message[at : at + count * k].view(count, k).long()
                values = message[at + count * k : at + 2 * count * k].view(torch.float32).view(count, k)
                total.scatter_add_(1, where, values)
            at += 2 * count * k
            total /= communicator.size
            good = good and finite(total)
            for row, target in enumerate(targets[index]):
                target.copy_(total[row].view(group.rows, group.columns))
        if good:
            for index, part in enumerate(own):
                memory.subtract(index, part)
        return good

    def messages(self, plain: int, step: int) -> list[Message]:
        """Eight bytes an entry."""
        entries = sum(len(group.names) * _entries(group) for group in self.layout.groups)
        gathered = [Message("all-gather", 8 * entries)] if entries else []
        return [*gathered, Message("all-reduce", 4 * plain)]

    def state_dict(self) -> dict[str, Any]:
        """Nothing is carried."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to put back."""


def _entries(group: Group) -> int:
    return max(1, group.factors // 2)
