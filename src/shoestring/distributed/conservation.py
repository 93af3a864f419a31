"""The check that a compressor loses nothing: sum of applied + mean of remembered = sum of true gradients."""

from collections.abc import Sequence

import torch
from torch import Tensor

from shoestring.core.seeding import stream_seed
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback

SAMPLED = 64
"""Entries watched in each group of matrices: enough to see a loss, few enough to cost nothing."""


class Conservation:
    """Sums in double precision over a few entries of one matrix of each group, the same entries on every worker."""

    def __init__(self, memory: Feedback, sampled: int = SAMPLED) -> None:
        self._memory = memory
        self._at = []
        for group, stack in zip(memory.layout.groups, memory.stacks, strict=True):
            words = stream_seed(0, f"conservation/{group.names[0]}").generate_state(1)
            draw = torch.Generator().manual_seed(int(words[0]))
            self._at.append(torch.randint(group.size, (min(sampled, group.size),), generator=draw).to(stack.device))
        self._true = [torch.zeros(len(at), dtype=torch.float64, device=at.device) for at in self._at]
        self._applied = [torch.zeros_like(part) for part in self._true]
        self.restart()

    def restart(self) -> None:
        """Begin anew with what is remembered now."""
        self._before = [part.neg() for part in self._remembered()]
        for part in (*self._true, *self._applied):
            part.zero_()

    def saw(self, matrices: Sequence[Sequence[Tensor]]) -> None:
        """This worker's gradients of a step."""
        _accumulate(self._true, self._at, matrices)

    def applied(self, matrices: Sequence[Sequence[Tensor]]) -> None:
        """The averaged gradients of a step."""
        _accumulate(self._applied, self._at, matrices)

    def error(self, communicator: Communicator) -> float:
        """Norm of what is missing over the norm of the sum of true gradients; 0 without groups. A collective call."""
        if not self._at or not self._memory.enabled:
            return 0.0
        now = [part + before for part, before in zip(self._remembered(), self._before, strict=True)]
        local = torch.cat([torch.cat(self._true), torch.cat(now)])
        true, remembered = communicator.mean_(local).chunk(2)
        size = float(true.norm())
        return float((torch.cat(self._applied) + remembered - true).norm()) / size if size > 0 else 0.0

    def _remembered(self) -> list[Tensor]:
        return [stack[0].flatten()[at].double() for stack, at in zip(self._memory.stacks, self._at, strict=True)]


def _accumulate(sums: Sequence[Tensor], at: Sequence[Tensor], matrices: Sequence[Sequence[Tensor]]) -> None:
    for total, where, group in zip(sums, at, matrices, strict=True):
        total.add_(group[0].reshape(-1)[where])
