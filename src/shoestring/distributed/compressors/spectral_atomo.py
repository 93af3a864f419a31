"""Singular triples drawn by importance: right on average, and a whole SVD a step."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.core.seeding import stream_seed
from shoestring.distributed.atomo import keep_probabilities
from shoestring.distributed.codec import Targets, finite
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.feedback import Feedback
from shoestring.distributed.layout import Layout, lay_out
from shoestring.distributed.traffic import Message


@component
class SpectralAtomo:
    """Wang et al. 2018: each singular triple survives with probability p and is divided by it; ``rank`` on average.

    Draws are repeated until exactly ``rank`` survive, as in the code of Vogels et al., which makes messages of one
    size and the estimate no longer exactly unbiased.
    """

    kind: Literal["spectral-atomo"] = "spectral-atomo"
    rank: int = 2
    """Triples that travel."""
    seed: int = 0
    """Of the draws; every worker draws for itself."""

    def codec(self, shapes: Mapping[str, Sequence[int]], device: torch.device | str = "cpu") -> "SpectralAtomoCodec":
        """A codec for parameters of these shapes."""
        return SpectralAtomoCodec(lay_out(shapes, self.rank, 1.0), self.seed)


class SpectralAtomoCodec:
    """One all-gather of triples, one all-reduce of the rest. There is no feedback."""

    TRIES = 100

    def __init__(self, layout: Layout, seed: int) -> None:
        self.layout, self.feedback, self._seed = layout, False, seed

    def exchange(
        self, memory: Feedback, plain: Tensor, targets: Targets, communicator: Communicator, step: int
    ) -> bool:
        """Left vectors carry the singular values."""
        draw = np.random.default_rng(stream_seed(self._seed, f"atomo/{communicator.rank}/{step}"))
        communicator.mean_(plain)
        # The factorisation refuses what is not finite; zeros travel in its place, and one number says so.
        clean = all(finite(stack) for stack in memory.stacks)
        parts = [torch.tensor([0.0 if clean else torch.nan], device=plain.device)]
        for group, stack in zip(self.layout.groups, memory.stacks, strict=True):
            u, s, vh = torch.linalg.svd(stack if clean else torch.zeros_like(stack), full_matrices=False)
            for row in range(len(group.names)):
                p = keep_probabilities(s[row].double().cpu().numpy(), group.rank)
                kept = torch.from_numpy(_draw(p, group.rank, draw, self.TRIES)).to(stack.device)
                scale = s[row, kept] / torch.from_numpy(p).to(stack)[kept].clamp_min(1e-12)
                parts += [(u[row][:, kept] * scale).flatten(), vh[row, kept].flatten()]
        gathered = communicator.gather(torch.cat(parts))
        good = finite(plain) and all(finite(message) for message in gathered)
        at = 1
        for index, group in enumerate(self.layout.groups):
            tall, flat = group.rows * group.rank, group.rank * group.columns
            for target in targets[index]:
                total = torch.zeros(group.rows, group.columns, device=plain.device)
                for message in gathered:
                    left = message[at : at + tall].view(group.rows, group.rank)
                    total.addmm_(left, message[at + tall : at + tall + flat].view(group.rank, group.columns))
                at += tall + flat
                target.copy_(total / communicator.size)
        return good

    def messages(self, plain: int, step: int) -> list[Message]:
        """Both factors of every matrix from every worker, and the number that says whether they are good."""
        numbers = sum(len(group.names) * group.factors for group in self.layout.groups)
        return [Message("all-reduce", 4 * plain), Message("all-gather", 4 * (numbers + 1))]

    def state_dict(self) -> dict[str, Any]:
        """Nothing is carried."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to put back."""


def _draw(p: np.ndarray, rank: int, draw: np.random.Generator, tries: int) -> np.ndarray:
    for _ in range(tries):
        kept = np.flatnonzero(draw.random(len(p)) < p)
        if len(kept) == rank:
            return kept
    # Probabilities that are all but 0 and 1 may never give the number: then the most probable ones.
    return np.sort(np.argsort(-p, kind="stable")[:rank])
