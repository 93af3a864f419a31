"""Transitions that were more wrong are drawn more often, and weigh less."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.sum_tree import SumTree

LEAST = 1e-6
"""Added to every priority, so that nothing is never drawn again."""


@component
class Prioritised:
    r""":math:`P(i) = p_i^\alpha / \sum_j p_j^\alpha`, with weights :math:`(N P(i))^{-\beta}` over the largest of them.

    Beta grows linearly to 1 over the run. New rows get the largest priority seen. Source: Schaul et al. 2016,
    section 3.3 (proportional), algorithm 1.
    """

    kind: Literal["prioritised"] = "prioritised"
    alpha: float = 0.6
    beta: float = 0.4

    def __post_init__(self) -> None:
        if not (0 <= self.alpha <= 1 and 0 <= self.beta <= 1):
            raise ValueError(f"alpha={self.alpha}, beta={self.beta}: both lie in [0, 1]")

    def build(self, capacity: int) -> "PrioritisedSampler":
        """For a memory of ``capacity`` rows."""
        return PrioritisedSampler(self, capacity)


class PrioritisedSampler:
    """See :class:`Prioritised`."""

    def __init__(self, settings: Prioritised, capacity: int) -> None:
        self._set, self._tree, self._largest = settings, SumTree(capacity), 1.0

    def added(self, index: np.ndarray) -> None:
        """Rows were written."""
        self._tree.put(index, np.full(len(index), self._largest**self._set.alpha))

    def draw(self, count: int, filled: int, rng: np.random.Generator, progress: float) -> tuple[np.ndarray, np.ndarray]:
        """``count`` rows, one from each equal slice of the mass, with their weights float32 [count]."""
        mass = (np.arange(count) + rng.random(count)) / count * self._tree.total
        index = self._tree.find(mass)
        beta = self._set.beta + (1 - self._set.beta) * progress
        weight = (filled * self._tree[index] / self._tree.total) ** -beta
        return index, (weight / weight.max()).astype(np.float32)

    def learned(self, index: np.ndarray, wrong: np.ndarray) -> None:
        """How wrong the rows were: their priorities from now on."""
        priority = wrong.astype(np.float64) + LEAST
        self._largest = max(self._largest, float(priority.max()))
        self._tree.put(index, priority**self._set.alpha)

    def state_dict(self) -> dict[str, Any]:
        """The priorities."""
        return {"leaves": self._tree.leaves.copy(), "largest": self._largest}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._tree.put(np.arange(len(state["leaves"])), state["leaves"])
        self._largest = float(state["largest"])
