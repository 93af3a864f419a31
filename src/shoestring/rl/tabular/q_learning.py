"""Q-learning: learn the values of the best policy while following another."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.tables import Transition, arrays_of, choose, restore_arrays


@component
class QLearning:
    r"""Watkins 1989: :math:`Q(s,a) \leftarrow Q(s,a) + \alpha [r + \gamma \max_{a'} Q(s',a') - Q(s,a)]`."""

    kind: Literal["q-learning"] = "q-learning"
    step_size: float = 0.5
    decay: float = 0.0
    """The step size of the n-th visit of a pair is ``step_size / n**decay``; above .5 and up to 1, Q converges."""
    epsilon: float = 0.1
    discount: float = 1.0
    initial: float = 0.0
    """First value of every pair; optimistic ones make it explore."""

    def build(self, seeds: int, states: int, actions: int) -> "QLearner":
        """Learners for ``seeds`` seeds."""
        return QLearner(self, seeds, states, actions)


class QLearner:
    """See :class:`QLearning`."""

    def __init__(self, settings: QLearning, seeds: int, states: int, actions: int) -> None:
        self._set = settings
        self.q = np.full((seeds, states, actions), settings.initial)
        self.visits = np.zeros((seeds, states, actions), dtype=np.int64)

    def act(self, who: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Epsilon-greedy."""
        return choose(self.q[who, state], self._set.epsilon, rng)

    def observe(self, who: np.ndarray, seen: Transition, rng: np.random.Generator) -> None:
        """One update of one pair for each seed."""
        at = (who, seen.state, seen.action)
        self.visits[at] += 1
        future = np.where(seen.terminated, 0.0, self.q[who, seen.successor].max(axis=1))
        step = self._set.step_size / self.visits[at] ** self._set.decay
        self.q[at] += step * (seen.reward + self._set.discount * future - self.q[at])

    def state_dict(self) -> dict[str, Any]:
        return arrays_of(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        restore_arrays(self, state)
