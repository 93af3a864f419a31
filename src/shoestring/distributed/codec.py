"""What a compressor builds, and the small steps that several of them share."""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Layout
from shoestring.distributed.traffic import Message

Targets = Sequence[Sequence[Tensor]]
"""For each group the tensors [n, m] that receive the averaged matrices."""


class Codec(Protocol):
    """A compressor at work on one layout. It holds what it carries from step to step, and nothing of other workers."""

    layout: Layout
    feedback: bool
    """Whether what was not sent is remembered."""

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """Average ``memory.stacks`` over the workers into ``targets``, and ``plain`` [N] in place and exactly.

        The last number of ``plain`` is a spare zero, see :func:`mark_if_spoilt`.

        What this worker contributed is subtracted from ``memory``. ``step`` counts from 0. False when the averages are
        not finite: then the targets are not to be used, and every worker gets False.
        """
        ...

    def messages(self, plain: int, step: int) -> list[Message]:
        """The collectives of ``step`` with ``plain`` uncompressed numbers, from shapes alone."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """What is carried, by parameter name: the same on every worker."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`; names that are not in the layout are ignored."""
        ...


def finite(flat: Tensor) -> bool:
    """Whether all numbers are finite. (One pass: NaN and infinity survive a sum.)"""
    return bool(flat.sum(dtype=torch.float32 if flat.dtype == torch.float16 else None).isfinite())


def mark_if_spoilt(memory: Feedback, plain: Tensor) -> None:
    """For codecs that do not look at every number: NaN in the last of ``plain`` tells all workers to skip the step."""
    if not all(finite(stack) for stack in memory.stacks):
        plain[-1] = torch.nan


def exchange_exactly(
    memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, dtype: torch.dtype = torch.float32
) -> bool:
    """Average everything uncompressed as ``dtype``, in one collective. What ``dtype`` rounds away is remembered."""
    flat = torch.cat([*(stack.flatten() for stack in memory.stacks), plain]).to(dtype)
    own = flat.clone() if memory.enabled and dtype != torch.float32 else None
    communicator.mean_(flat)
    if not finite(flat):
        return False
    for index, part in enumerate(_parts(flat, memory.stacks)):
        for matrix, target in zip(part, targets[index], strict=True):
            target.copy_(matrix)
        if own is not None:
            memory.subtract(index, _parts(own, memory.stacks)[index].float())
        elif memory.enabled:
            memory.stacks[index].zero_()
    plain.copy_(flat[flat.numel() - plain.numel() :])
    return True


def exchange_entries(
    memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, chosen: Sequence[Tensor]
) -> bool:
    """Average the entries ``chosen`` with ``plain``, in one collective; all other entries of the targets become 0.

    ``chosen`` holds for each group the places [B, k] in its flattened matrices, the same on every worker.
    """
    mark_if_spoilt(memory, plain)
    own = [stack.flatten(1).gather(1, where) for stack, where in zip(memory.stacks, chosen, strict=True)]
    message = communicator.mean_(torch.cat([*(part.flatten() for part in own), plain]))
    if not finite(message):
        return False
    at = 0
    for index, (where, part) in enumerate(zip(chosen, own, strict=True)):
        sent = torch.zeros_like(memory.stacks[index])
        sent.view(len(part), -1).scatter_(1, where, part)
        memory.subtract(index, sent)
        sent.view(len(part), -1).scatter_(1, where, message[at : at + part.numel()].view_as(part))
        at += part.numel()
        for matrix, target in zip(sent, targets[index], strict=True):
            target.copy_(matrix)
    plain.copy_(message[at:])
    return True


def entries_message(layout: Layout, plain: int) -> Message:
    """The collective of :func:`exchange_entries` with as many entries as the factors have: values, and no places."""
    return Message("all-reduce", 4 * (sum(len(group.names) * group.factors for group in layout.groups) + plain))


def exact_message(layout: Layout, plain: int, bytes_each: int = 4) -> Message:
    """The collective of :func:`exchange_exactly`."""
    return Message("all-reduce", bytes_each * (layout.compressed_numbers + plain))


def _parts(flat: Tensor, stacks: Sequence[Tensor]) -> list[Tensor]:
    sizes = [stack.numel() for stack in stacks]
    pieces = flat[: sum(sizes)].split(sizes)
    return [piece.view_as(stack) for piece, stack in zip(pieces, stacks, strict=True)]
