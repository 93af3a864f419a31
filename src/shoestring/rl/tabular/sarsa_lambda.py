"""SARSA with eligibility traces: what was done lately shares in every error."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.tables import Transition, arrays_of, choose, restore_arrays


@component
class SarsaLambda:
    r"""Sutton and Barto, 12.7: :math:`Q \leftarrow Q + \alpha \delta e`, with :math:`e \leftarrow \gamma\lambda e`."""

    kind: Literal["sarsa-lambda"] = "sarsa-lambda"
    step_size: float = 0.1
    epsilon: float = 0.1
    discount: float = 1.0
    trace: float = 0.9
    """Lambda, in [0, 1]."""
    marks: Literal["accumulating", "replacing"] = "replacing"
    """Whether a pair that is met again adds to its trace or sets it to 1."""

    def __post_init__(self) -> None:
        if not 0 <= self.trace <= 1:
            raise ValueError(f"trace={self.trace}: lambda lies in [0, 1]")

    def build(self, seeds: int, states: int, actions: int) -> "SarsaLambdaLearner":
        """Learners for ``seeds`` seeds."""
        return SarsaLambdaLearner(self, seeds, states, actions)


class SarsaLambdaLearner:
    """See :class:`SarsaLambda`."""

    def __init__(self, settings: SarsaLambda, seeds: int, states: int, actions: int) -> None:
        self._set = settings
        self.q = np.zeros((seeds, states, actions))
        self.eligibility = np.zeros_like(self.q)
        self.chosen = np.full(seeds, -1)

    def act(self, who: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The action that the last update already counted on, or an epsilon-greedy one."""
        fresh = choose(self.q[who, state], self._set.epsilon, rng)
        return np.where(self.chosen[who] >= 0, self.chosen[who], fresh)

    def observe(self, who: np.ndarray, seen: Transition, rng: np.random.Generator) -> None:
        """One error, shared among all pairs by their traces."""
        at = (who, seen.state, seen.action)
        following = choose(self.q[who, seen.successor], self._set.epsilon, rng)
        future = np.where(seen.terminated, 0.0, self.q[who, seen.successor, following])
        error = seen.reward + self._set.discount * future - self.q[at]
        self.eligibility[at] = 1.0 + (self.eligibility[at] if self._set.marks == "accumulating" else 0.0)
        self.q[who] += (self._set.step_size * error)[:, None, None] * self.eligibility[who]
        self.eligibility[who] *= np.where(seen.ended, 0.0, self._set.discount * self._set.trace)[:, None, None]
        self.chosen[who] = np.where(seen.ended, -1, following)

    def state_dict(self) -> dict[str, Any]:
        return arrays_of(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        restore_arrays(self, state)
