"""Batches for losses on groups: some identities, a few items of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.similarity.protocol import Samples


@dataclass(frozen=True, eq=False)
class GroupBatch:
    """Rows to embed and the identity of each."""

    rows: NDArray[np.int64]
    group: NDArray[np.int64]
    """Equal for genuine items of one identity; every forgery is one of its own, for nobody knows who made it."""


@component
class GroupMix:
    """How a batch is put together."""

    identities: int = 8
    genuine: int = 6
    """Genuine items of each identity."""
    skilled: int = 4
    """Forgeries of each identity, as far as there are any: the negatives that matter."""

    def __post_init__(self) -> None:
        if self.identities < 2 or self.genuine < 2 or self.skilled < 0:
            raise ValueError("a batch needs two identities and two genuine items of each, and no less than 0 forgeries")

    def sampler(self, samples: Samples, rng: np.random.Generator) -> "GroupSampler":
        """Raises BadDataError with fewer than two identities of two genuine items each."""
        return GroupSampler(self, samples, rng)


class GroupSampler:
    """Draws batches; identities come round in shuffled order, so that all are seen about equally often."""

    def __init__(self, mix: GroupMix, samples: Samples, rng: np.random.Generator) -> None:
        self._mix, self._rng = mix, rng
        names = np.unique(samples.identity)
        genuine = [np.flatnonzero((samples.identity == name) & samples.genuine) for name in names]
        kept = [k for k, rows in enumerate(genuine) if len(rows) > 1]
        if len(kept) < 2:
            raise BadDataError(f"{len(kept)} identities have two genuine items; at least two such are needed")
        self._genuine = [genuine[k] for k in kept]
        self._skilled = [np.flatnonzero((samples.identity == names[k]) & ~samples.genuine) for k in kept]
        self._queue: list[int] = []

    @property
    def identities(self) -> int:
        """How many take turns; without forgeries, groups are numbered from 0 to one less."""
        return len(self._genuine)

    def draw(self) -> GroupBatch:
        """The next batch; identities with few items give what they have."""
        rows: list[NDArray[np.int64]] = []
        group: list[NDArray[np.int64]] = []
        alone = len(self._genuine)
        for person in self._next(min(self._mix.identities, len(self._genuine))):
            own = self._choose(self._genuine[person], self._mix.genuine)
            forged = self._choose(self._skilled[person], self._mix.skilled)
            rows += [own, forged]
            group += [np.full(len(own), person), alone + np.arange(len(forged))]
            alone += len(forged)
        return GroupBatch(np.concatenate(rows), np.concatenate(group).astype(np.int64))

    def state_dict(self) -> dict[str, Any]:
        """Who is still to come in this round; the random stream is the run's."""
        return {"queue": list(self._queue)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put back what :meth:`state_dict` gave."""
        self._queue = [int(person) for person in state["queue"]]

    def _next(self, count: int) -> list[int]:
        if len(self._queue) < count:
            # Whoever is left from the last round comes first, and not twice in one batch.
            fresh = [int(person) for person in self._rng.permutation(len(self._genuine))]
            self._queue += [person for person in fresh if person not in self._queue]
        chosen, self._queue = self._queue[:count], self._queue[count:]
        return chosen

    def _choose(self, rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        return self._rng.choice(rows, size=min(count, len(rows)), replace=False)
