"""Pairs within a small pool of items: far more pairs for the same number of items through the network."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.similarity.group_batches import GroupMix, GroupSampler
from shoestring.similarity.protocol import Samples
from shoestring.similarity.sampling import Pairs


@component
class PooledPairs:
    """Each draw takes a few items of a few identities, and half genuine and half impostor pairs among those.

    Pairs drawn freely (:class:`~shoestring.similarity.sampling.PairMix`) hold two fresh items each; here forty items
    make eighty genuine pairs and as many impostor pairs. Skilled forgeries are not used.
    """

    kind: Literal["pooled"] = "pooled"
    identities: int = 8
    items: int = 5
    """Of each identity."""

    def __post_init__(self) -> None:
        if min(self.identities, self.items) < 2:
            raise ValueError(f"identities={self.identities}, items={self.items}: a pool needs two of each")

    def sampler(self, samples: Samples, rng: np.random.Generator) -> "PooledPairSampler":
        """Raises BadDataError with fewer than two identities of two genuine items each."""
        return PooledPairSampler(self, samples, rng)


class PooledPairSampler:
    """Draws pools, and pairs among them without replacement as long as there are enough."""

    def __init__(self, config: PooledPairs, samples: Samples, rng: np.random.Generator) -> None:
        mix = GroupMix(identities=config.identities, genuine=config.items, skilled=0)
        self._pools = GroupSampler(mix, samples, rng)
        self._rng = rng

    def draw(self, size: int) -> Pairs:
        """``size`` pairs of the next pool, the odd one an impostor pair; fewer where the pool has not so many."""
        pool = self._pools.draw()
        first, second = np.triu_indices(len(pool.rows), k=1)
        same = pool.group[first] == pool.group[second]
        genuine = self._chosen(np.flatnonzero(same), size // 2)
        impostor = self._chosen(np.flatnonzero(~same), size - size // 2)
        chosen = np.concatenate([genuine, impostor])
        return Pairs(pool.rows[first[chosen]], pool.rows[second[chosen]], same[chosen])

    def state_dict(self) -> dict[str, Any]:
        """Who is still to come, and where the random stream stands."""
        return {"pools": self._pools.state_dict(), "rng": self._rng.bit_generator.state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        self._pools.load_state_dict(state["pools"])
        self._rng.bit_generator.state = state["rng"]

    def _chosen(self, rows: np.ndarray, count: int) -> np.ndarray:
        return self._rng.choice(rows, size=min(count, len(rows)), replace=False)
