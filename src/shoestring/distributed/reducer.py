"""``reduce(grads) -> averaged``: a compressor, a memory and a communicator at work together."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from shoestring.distributed.codec import Codec, Targets
from shoestring.distributed.communicator import Alone, Communicator
from shoestring.distributed.compressors import Compressor, PowerSGD
from shoestring.distributed.conservation import Conservation
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Layout
from shoestring.distributed.ranks import affordable_numbers, choose_ranks
from shoestring.distributed.traffic import Message

VOTES = 2
"""Numbers that travel with every step for those who run the training: see :attr:`Reducer.votes`."""


class Reducer:
    """Averages the gradients of one model over the workers.

    With one worker nothing is sent and nothing is compressed: gradients come back as they are, plus what an earlier
    run with more workers still remembered.
    """

    def __init__(
        self,
        compressor: Compressor,
        shapes: Mapping[str, Sequence[int]],
        communicator: Communicator,
        device: torch.device | str = "cpu",
    ) -> None:
        """``shapes`` of all parameters with gradients, by name, in the same order on every worker."""
        self.compressor, self.communicator = compressor, communicator
        self._device = device
        self._shapes = {name: tuple(shape) for name, shape in shapes.items()}
        self.step = 0
        """Steps so far."""
        self.skipped = 0
        """Steps of those whose averages were not finite."""
        self.votes = [0.0] * VOTES
        """Set before a step: this worker's numbers. After it: their sums over the workers."""
        self._owed: dict[str, Tensor] = {}
        self._build(compressor.codec(shapes, device))

    def reduce(self, grads: Mapping[str, Tensor | None]) -> dict[str, Tensor]:
        """The mean over the workers of each gradient, written into ``grads`` where it can be.

        A parameter without a gradient on this worker counts as zero; a single worker leaves it without one. An empty
        dictionary means that the averages were not finite: skip this step. What was remembered and this step's finite
        gradients are kept for the next one, and only matrices that hold NaN or infinity themselves are forgotten. Every
        worker gets the same answer.
        """
        found = {
            name: self._grad(name, grads.get(name))
            for name in self._shapes
            # An optimiser passes over what has no gradient: a single process must not give it a zero.
            if self.communicator.size > 1 or grads.get(name) is not None or name in self._owed
        }
        for name, owed in self._owed.items():
            found[name].add_(owed.to(found[name]))
        if self.communicator.size == 1:
            self.step += 1
            self._owed = {}
            return found
        views = self._matrices(found)
        self.conservation.saw(views)
        self.memory.add(views)
        tail = torch.tensor([*self.votes, 0.0], device=self._device)
        plain = torch.cat([*(found[name].flatten().float() for name in self.codec.layout.plain), tail])
        good = self.codec.exchange(self.memory, plain, views, self.communicator, self.step)
        self.step += 1
        self.votes = plain[-1 - VOTES : -1].mul(self.communicator.size).tolist() if good else [0.0] * VOTES
        if not good:
            # What was owed to a matrix is in the memory now; nothing holds what was owed to the others.
            self._owed = {name: owed for name, owed in self._owed.items() if name in self.codec.layout.plain}
            self.skipped += 1
            self.dropped = self.memory.drop_contaminated()
            self.conservation.restart()
            return {}
        self._owed = {}
        self.conservation.applied(views)
        at = 0
        for name in self.codec.layout.plain:
            size = found[name].numel()
            found[name].copy_(plain[at : at + size].view_as(found[name]))
            at += size
        return found

    def take_back(self, averaged: Mapping[str, Tensor]) -> None:
        """Remember ``averaged``, the result of the last step, because nobody applies it.

        Every worker remembers the mean, so that the mean of what is remembered grows by it.
        """
        if self.memory.enabled:
            self.memory.add(self._matrices(averaged))
        self.skipped += 1
        self.conservation.restart()

    def conservation_error(self) -> float:
        """See :meth:`Conservation.error`. A collective call."""
        return self.conservation.error(self.communicator)

    def remembered(self) -> float:
        """Euclidean norm of what this worker remembers."""
        return self.memory.norm()

    def messages(self, step: int | None = None) -> list[Message]:
        """The collectives of a step (by default the next one), predicted from shapes."""
        at = self.step if step is None else step
        return (
            self.codec.messages(self.codec.layout.plain_numbers + VOTES + 1, at) if self.communicator.size > 1 else []
        )

    def adapt(self, bytes_per_second: float, compute_seconds: float) -> dict[str, int]:
        """Choose new ranks from what is remembered of each matrix and what the link carried; a collective call.

        Only for PowerSGD. Measurements are averaged over the workers, so that all choose the same. Returns the ranks.
        """
        settings = self.compressor
        assert isinstance(settings, PowerSGD)
        layout = self.codec.layout
        norms = [stack.double().square().sum((1, 2)) for stack in self.memory.stacks]
        measured = torch.tensor([bytes_per_second, compute_seconds], dtype=torch.float64, device=self._device)
        mean = self.communicator.mean_(torch.cat([*norms, measured])).tolist()
        names = [name for group in layout.groups for name in group.names]
        current = {name: group.rank for group in layout.groups for name in group.names}
        budget = affordable_numbers(mean[-2], mean[-1], settings.adapt_share, settings.number_bytes)
        missed = dict(zip(names, mean, strict=False))
        ranks = choose_ranks(self._shapes, missed, current, budget, settings.adapt_most)
        if ranks != current:
            self.rerank(ranks)
        return ranks

    def rerank(self, ranks: Mapping[str, int]) -> None:
        """Go on with other ranks by name, keeping every worker's own memory. Only for PowerSGD."""
        held = {
            name: matrix.clone()
            for group, stack in zip(self.codec.layout.groups, self.memory.stacks, strict=True)
            for name, matrix in zip(group.names, stack, strict=True)
        }
        carried = self.codec.state_dict()
        settings = self.compressor
        assert isinstance(settings, PowerSGD)
        self._build(settings.codec(self._shapes, self._device, ranks))
        self.codec.load_state_dict(carried)
        self._owed = {name: matrix.view(self._shapes[name]) for name, matrix in self.memory.load(held).items()}
        self.conservation.restart()

    def state_dict(self) -> dict[str, Any]:
        """Step, factors, and the *mean* of what the workers remember, by parameter name. A collective call.

        It does not depend on the number of workers: any number may go on from it.
        """
        residual = self.memory.mean(self.communicator)
        residual |= {name: self.communicator.mean_(owed.clone()) for name, owed in sorted(self._owed.items())}
        return {"step": self.step, "codec": self.codec.state_dict(), "residual": residual}

    def own_state(self) -> dict[str, Any]:
        """As :meth:`state_dict` with what this worker itself remembers. Not a collective call."""
        residual = self.memory.mean(Alone()) | {name: owed.clone() for name, owed in self._owed.items()}
        return {"step": self.step, "codec": self.codec.state_dict(), "residual": residual}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`, with any number of workers and any compressor.

        What is remembered of a matrix that is no longer compressed is owed: it is added to its next gradient.
        """
        self.step = state["step"]
        if isinstance(self.compressor, PowerSGD) and self.compressor.adapt_every and "long" in state["codec"]:
            self._build(self.compressor.codec(self._shapes, self._device, _ranks(state["codec"]["long"])))
        if state["codec"]:
            self.codec.load_state_dict({"long": {}, "short": {}} | state["codec"])
        residual = {name: tensor for name, tensor in state["residual"].items() if name in self._shapes}
        if self.communicator.size > 1:
            residual = self.memory.load(residual)
        self._owed = {name: tensor.to(self._device) for name, tensor in residual.items()}
        self.conservation.restart()

    def _build(self, codec: Codec) -> None:
        self.codec = codec
        # One worker sends nothing and so remembers nothing.
        layout = codec.layout if self.communicator.size > 1 else Layout((), (), {})
        self.memory = Feedback(layout, self._device, enabled=codec.feedback)
        self.conservation = Conservation(self.memory)
        self.dropped: list[str] = []
        """Matrices that the last skipped step made forget."""

    def _grad(self, name: str, grad: Tensor | None) -> Tensor:
        return torch.zeros(self._shapes[name], device=self._device) if grad is None else grad.contiguous()

    def _matrices(self, found: Mapping[str, Tensor]) -> Targets:
        groups = self.codec.layout.groups
        return [[found[name].view(group.rows, group.columns) for name in group.names] for group in groups]


def _ranks(factors: Mapping[str, Tensor]) -> dict[str, int]:
    """The ranks that a saved codec had."""
    return {name: len(rows) for name, rows in factors.items()}
