"""PowerSGD: gradients as products of two thin factors, averaged without ever being formed on the wire.

Vogels, Karimireddy and Jaggi 2019 (arXiv 1905.13727), algorithms 1 and 2. In the letters of the paper, for one matrix:
P = M Q; mean of P; P^ = orthonormal columns of P; Q = M^T P^; mean of Q; the update is P^ Q^T. Here factors are rows
(:mod:`shoestring.distributed.products`), and a matrix is taken transposed when it is taller than wide, so that the
orthonormal factor is the shorter one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.core.seeding import stream_seed
from shoestring.distributed.codec import Targets, exact_message, exchange_exactly, finite
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Group, Layout, lay_out
from shoestring.distributed.products import orthonormal_rows, times, times_transposed, unit_rows, write_product
from shoestring.distributed.traffic import Message

Pair = tuple[Sequence[Tensor], Sequence[Tensor]]
"""The factors of all groups on one side: this worker's own, and their mean."""


@component
class PowerSGD:
    """One step of subspace iteration a training step, warm from the step before, with error feedback."""

    kind: Literal["powersgd"] = "powersgd"
    rank: int = 2
    """Columns of each factor: r (n + m) numbers travel instead of n m."""
    subspace: Literal["warm", "cold", "fixed"] = "warm"
    """Where a step starts: from the step before, from new random numbers, or always from the same ones (DALL-E)."""
    feedback: bool = True
    """Remember what was not sent and add it to the next gradient."""
    start_step: int = 0
    """Steps that are averaged exactly before compression begins."""
    minimum_rate: float = 1.0
    """A matrix is compressed only when its factors are smaller by more than this factor."""
    alternate: bool = False
    """One half-iteration and one collective a step, the two sides in turn (arXiv 2008.01425)."""
    refresh_every: int = 0
    """Every so many steps average exactly and take the subspace from an SVD (arXiv 2509.11254); 0 never."""
    adapt_every: int = 0
    """Steps after which each matrix gets the rank that its memory and the measured link justify; 0 never."""
    adapt_share: float = 0.25
    """Share of a step's compute that sending may take when ranks adapt."""
    adapt_most: int = 16
    """Largest rank of a matrix when ranks adapt."""
    wire: Literal["float32", "bfloat16"] = "float32"
    """How numbers travel. What bfloat16 rounds from a worker's factors is remembered; what it rounds from vectors, and
    from sums on their way, is not."""
    seed: int = 0
    """Of the random starts, which must be the same on every worker."""

    def __post_init__(self) -> None:
        if self.rank < 1 or self.start_step < 0 or self.refresh_every < 0:
            raise ValueError("rank must be at least 1, start_step and refresh_every at least 0")
        if self.adapt_every < 0 or self.adapt_share <= 0 or self.adapt_most < 1:
            raise ValueError("adapt_every must be at least 0, adapt_most at least 1, adapt_share above 0")
        if self.minimum_rate < 0:
            raise ValueError(f"minimum_rate={self.minimum_rate}: a factor, at least 0")
        if self.alternate and self.subspace != "warm":
            raise ValueError('alternate carries both factors from step to step: it needs subspace="warm"')

    @property
    def number_bytes(self) -> int:
        """Bytes of a number on the wire."""
        return 4 if self.wire == "float32" else 2

    def codec(
        self,
        shapes: Mapping[str, Sequence[int]],
        device: torch.device | str = "cpu",
        ranks: Mapping[str, int] | None = None,
    ) -> "PowerSGDCodec":
        """A codec for parameters of these shapes; ``ranks`` by name replace the one rank for all."""
        return PowerSGDCodec(self, lay_out(shapes, ranks or self.rank, self.minimum_rate), device)


class PowerSGDCodec:
    """The factors that are carried, and one step with them."""

    def __init__(self, settings: PowerSGD, layout: Layout, device: torch.device | str) -> None:
        self.layout, self.feedback = layout, settings.feedback
        self._settings, self._device = settings, device
        self._long = [self._random(group, 0) for group in layout.groups]
        """The longer factor of each group as rows [B, r, max(n, m)]: Q of the paper where n <= m."""
        self._short = [torch.zeros(len(g.names), g.rank, min(g.rows, g.columns), device=device) for g in layout.groups]
        """The shorter one, carried only when sides alternate."""

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """Two collectives: short factors with ``plain``, then long factors; one with ``alternate``."""
        if self._exact(step):
            return self._refresh(memory, plain, targets, communicator, step)
        if self._settings.alternate:
            return self._half_step(memory, plain, targets, communicator, step)
        if self._settings.subspace == "cold":
            self._long = [self._random(group, step) for group in self.layout.groups]
        left = [
            _onto_short(long, stack, group)
            for long, stack, group in zip(self._long, memory.stacks, self.layout.groups, strict=True)
        ]
        _, message = self._send([*left, plain], communicator)
        if not finite(message):
            return False
        left = [orthonormal_rows(part) for part in _split(message, left)]
        own = [
            _onto_long(part, stack, group)
            for part, stack, group in zip(left, memory.stacks, self.layout.groups, strict=True)
        ]
        right: list[Tensor] = []
        if own:
            own, factors = self._send(own, communicator)
            if not finite(factors):
                return False
            right = _split(factors, own)
        self._finish(memory, targets, (left, left), (own, right))
        plain.copy_(message[message.numel() - plain.numel() :])
        if self._settings.subspace == "warm":
            # Where a gradient was zero the old rows stay, or the matrix could never come back.
            self._long = [unit_rows(new, old) for new, old in zip(right, self._long, strict=True)]
        return True

    def messages(self, plain: int, step: int) -> list[Message]:
        """Four bytes a number, or two; steps that are exact cost four for each number of the gradient."""
        if self._exact(step):
            return [exact_message(self.layout, plain)]
        each = self._settings.number_bytes
        short, long = (
            sum(len(g.names) * g.rank * side(g.rows, g.columns) for g in self.layout.groups) for side in (min, max)
        )
        if self._settings.alternate:
            return [Message("all-reduce", each * ((short if self._short_turn(step) else long) + plain))]
        second = [Message("all-reduce", each * long)] if long else []
        return [Message("all-reduce", each * (short + plain)), *second]

    def state_dict(self) -> dict[str, Any]:
        """Both factors of every compressed matrix, as rows."""
        return {"long": self._by_name(self._long), "short": self._by_name(self._short)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take the factors of matrices that are still compressed; a rank that grew keeps its new random rows."""
        for mine, saved in ((self._long, state["long"]), (self._short, state["short"])):
            for group, stack in zip(self.layout.groups, mine, strict=True):
                for row, name in enumerate(group.names):
                    old = saved.get(name)
                    if old is not None and old.shape[1] == stack.shape[2]:
                        kept = min(len(old), group.rank)
                        stack[row, :kept] = old[:kept].to(stack.device)

    def _send(self, parts: Sequence[Tensor], communicator: Communicator) -> tuple[list[Tensor], Tensor]:
        """``parts`` as they travel from this worker, and the flat mean of all of them; both float32."""
        flat = torch.cat([part.flatten() for part in parts])
        if self._settings.wire == "float32":
            return list(parts), communicator.mean_(flat)
        rounded = flat.to(torch.bfloat16)
        return _split(rounded.float(), parts), communicator.mean_(rounded).float()

    def _exact(self, step: int) -> bool:
        after, every = step - self._settings.start_step, self._settings.refresh_every
        return after < 0 or (every > 0 and after % every == 0)

    def _refresh(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        if not exchange_exactly(memory, plain, targets, communicator):
            return False
        if step >= self._settings.start_step:
            for index, group in enumerate(self.layout.groups):
                stack = torch.stack([_wide(target.float(), group) for target in targets[index]])
                u, _, vh = torch.linalg.svd(stack, full_matrices=False)
                self._long[index] = vh[:, : group.rank].contiguous()
                self._short[index] = u[:, :, : group.rank].transpose(1, 2).contiguous()
        return True

    def _short_turn(self, step: int) -> bool:
        return (step - self._settings.start_step) % 2 == 0

    def _half_step(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        # The side that was sent last time is the basis now, and only the other side travels.
        short_turn = self._short_turn(step)
        project = _onto_short if short_turn else _onto_long
        basis = [orthonormal_rows(part) for part in (self._long if short_turn else self._short)]
        own = [
            project(part, stack, group)
            for part, stack, group in zip(basis, memory.stacks, self.layout.groups, strict=True)
        ]
        (*own, _), message = self._send([*own, plain], communicator)
        if not finite(message):
            return False
        mean = _split(message, own)
        if short_turn:
            # short^T long, with the orthonormal rows on the long side.
            self._finish(memory, targets, (own, mean), (basis, basis))
            self._short = [unit_rows(new, old) for new, old in zip(mean, self._short, strict=True)]
        else:
            self._finish(memory, targets, (basis, basis), (own, mean))
            self._long = [unit_rows(new, old) for new, old in zip(mean, self._long, strict=True)]
        plain.copy_(message[message.numel() - plain.numel() :])
        return True

    def _finish(self, memory: Feedback, targets: Targets, short: Pair, long: Pair) -> None:
        """Remember D less the product of this worker's factors; write the product of the mean factors."""
        for index, group in enumerate(self.layout.groups):
            memory.subtract_product(index, *_sides(short[0][index], long[0][index], group))
            left, right = _sides(short[1][index], long[1][index], group)
            for row, target in enumerate(targets[index]):
                write_product(left[row], right[row], target)

    def _random(self, group: Group, step: int) -> Tensor:
        """Gaussian rows, drawn by name: the same on every worker, whatever else is in the group."""
        rows = []
        for name in group.names:
            words = stream_seed(self._settings.seed, f"powersgd/{name}/{step}").generate_state(1)
            draw = torch.Generator().manual_seed(int(words[0]))
            rows.append(torch.randn(group.rank, max(group.rows, group.columns), generator=draw))
        return torch.stack(rows).to(self._device)

    def _by_name(self, stacks: Sequence[Tensor]) -> dict[str, Tensor]:
        pairs = zip(self.layout.groups, stacks, strict=True)
        return {name: matrix for group, stack in pairs for name, matrix in zip(group.names, stack, strict=True)}


def _onto_short(long: Tensor, stack: Tensor, group: Group) -> Tensor:
    return times_transposed(long, stack) if group.rows <= group.columns else times(long, stack)


def _onto_long(short: Tensor, stack: Tensor, group: Group) -> Tensor:
    return times(short, stack) if group.rows <= group.columns else times_transposed(short, stack)


def _sides(short: Tensor, long: Tensor, group: Group) -> tuple[Tensor, Tensor]:
    """The factors of the rows and of the columns of the matrix."""
    return (short, long) if group.rows <= group.columns else (long, short)


def _wide(matrix: Tensor, group: Group) -> Tensor:
    return matrix if group.rows <= group.columns else matrix.t()


def _split(flat: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    sizes = [part.numel() for part in like]
    return [piece.view_as(part) for piece, part in zip(flat[: sum(sizes)].split(sizes), like, strict=True)]
