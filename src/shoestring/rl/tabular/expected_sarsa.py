"""Expected SARSA: the mean over next actions in place of the one that happened to be taken."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.tables import Transition, arrays_of, choose, expected_value, restore_arrays


@component
class ExpectedSarsa:
    r"""van Seijen et al. 2009: :math:`Q \leftarrow Q + \alpha[r + \gamma \sum_{a'} \pi(a'|s')Q(s',a') - Q]`."""

    kind: Literal["expected-sarsa"] = "expected-sarsa"
    step_size: float = 0.5
    epsilon: float = 0.1
    discount: float = 1.0

    def build(self, seeds: int, states: int, actions: int) -> "ExpectedSarsaLearner":
        """Learners for ``seeds`` seeds."""
        return ExpectedSarsaLearner(self, seeds, states, actions)


class ExpectedSarsaLearner:
    """See :class:`ExpectedSarsa`."""

    def __init__(self, settings: ExpectedSarsa, seeds: int, states: int, actions: int) -> None:
        self._set = settings
        self.q = np.zeros((seeds, states, actions))

    def act(self, who: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Epsilon-greedy."""
        return choose(self.q[who, state], self._set.epsilon, rng)

    def observe(self, who: np.ndarray, seen: Transition, rng: np.random.Generator) -> None:
        """One update of one pair for each seed."""
        at = (who, seen.state, seen.action)
        future = np.where(seen.terminated, 0.0, expected_value(self.q[who, seen.successor], self._set.epsilon))
        self.q[at] += self._set.step_size * (seen.reward + self._set.discount * future - self.q[at])

    def state_dict(self) -> dict[str, Any]:
        return arrays_of(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        restore_arrays(self, state)
