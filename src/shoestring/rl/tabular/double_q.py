"""Double Q-learning: one table chooses the best next action and the other says what it is worth."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.tables import Transition, arrays_of, choose, restore_arrays


@component
class DoubleQ:
    r"""van Hasselt 2010: at even odds :math:`Q_1 \leftarrow Q_1 + \alpha[r + \gamma Q_2(s', \arg\max Q_1) - Q_1]`.

    The maximum of noisy estimates is too high on average; an estimate that did not take part in choosing is not.
    """

    kind: Literal["double-q"] = "double-q"
    step_size: float = 0.5
    epsilon: float = 0.1
    discount: float = 1.0

    def build(self, seeds: int, states: int, actions: int) -> "DoubleQLearner":
        """Learners for ``seeds`` seeds."""
        return DoubleQLearner(self, seeds, states, actions)


class DoubleQLearner:
    """See :class:`DoubleQ`; ``q`` is the mean of both tables."""

    def __init__(self, settings: DoubleQ, seeds: int, states: int, actions: int) -> None:
        self._set = settings
        self.pair = np.zeros((2, seeds, states, actions))

    @property
    def q(self) -> np.ndarray:
        """[N, S, A]."""
        return self.pair.mean(axis=0)

    def act(self, who: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Epsilon-greedy with respect to both tables together."""
        return choose(self.pair[:, who, state].sum(axis=0), self._set.epsilon, rng)

    def observe(self, who: np.ndarray, seen: Transition, rng: np.random.Generator) -> None:
        """One update of one pair in one of the tables for each seed."""
        learns = rng.integers(2, size=len(who))
        at = (learns, who, seen.state, seen.action)
        best = choose(self.pair[learns, who, seen.successor], 0.0, rng)
        future = np.where(seen.terminated, 0.0, self.pair[1 - learns, who, seen.successor, best])
        self.pair[at] += self._set.step_size * (seen.reward + self._set.discount * future - self.pair[at])

    def state_dict(self) -> dict[str, Any]:
        return arrays_of(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        restore_arrays(self, state)
