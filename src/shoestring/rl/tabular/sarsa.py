"""SARSA and n-step SARSA: learn the values of the policy that is followed."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.tables import Transition, arrays_of, choose, restore_arrays


@component
class Sarsa:
    r"""Rummery and Niranjan 1994; Sutton and Barto, sections 6.4 and 7.2.

    :math:`Q_t \leftarrow Q_t + \alpha[\sum_{k<n} \gamma^k r_{t+k} + \gamma^n Q_{t+n} - Q_t]`, Q_t being Q(s_t, a_t).
    """

    kind: Literal["sarsa"] = "sarsa"
    step_size: float = 0.5
    epsilon: float = 0.1
    discount: float = 1.0
    n: int = 1
    """Rewards that are seen before the rest is taken from the table."""

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"n={self.n}: a return looks at least one step ahead")

    def build(self, seeds: int, states: int, actions: int) -> "SarsaLearner":
        """Learners for ``seeds`` seeds."""
        return SarsaLearner(self, seeds, states, actions)


class SarsaLearner:
    """See :class:`Sarsa`."""

    def __init__(self, settings: Sarsa, seeds: int, states: int, actions: int) -> None:
        self._set = settings
        self.q = np.zeros((seeds, states, actions))
        self.chosen = np.full(seeds, -1)
        """The next action where it is already chosen, else -1."""
        # The last n steps of the episode, the oldest at place `count - length`; places are used in turn.
        self.recent_state = np.zeros((seeds, settings.n), dtype=np.int64)
        self.recent_action = np.zeros((seeds, settings.n), dtype=np.int64)
        self.recent_reward = np.zeros((seeds, settings.n))
        self.count = np.zeros(seeds, dtype=np.int64)

    def act(self, who: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The action that the last update already counted on, or an epsilon-greedy one."""
        fresh = choose(self.q[who, state], self._set.epsilon, rng)
        return np.where(self.chosen[who] >= 0, self.chosen[who], fresh)

    def observe(self, who: np.ndarray, seen: Transition, rng: np.random.Generator) -> None:
        """Update the pair of n steps ago; at the end of an episode all that are left."""
        n = self._set.n
        place = self.count[who] % n
        self.recent_state[who, place], self.recent_action[who, place] = seen.state, seen.action
        self.recent_reward[who, place] = seen.reward
        self.count[who] += 1
        following = choose(self.q[who, seen.successor], self._set.epsilon, rng)
        future = np.where(seen.terminated, 0.0, self.q[who, seen.successor, following])
        full = self.count[who] >= n
        self._update(who[full], future[full], n)
        # The windows that the end of the episode cuts short, the longest first.
        for length in range(n - 1, 0, -1):
            left = seen.ended & (self.count[who] >= length)
            self._update(who[left], future[left], length)
        self.chosen[who] = np.where(seen.ended, -1, following)
        self.count[who[seen.ended]] = 0

    def _update(self, who: np.ndarray, future: np.ndarray, length: int) -> None:
        target = future
        for back in range(1, length + 1):
            target = self.recent_reward[who, (self.count[who] - back) % self._set.n] + self._set.discount * target
        place = (self.count[who] - length) % self._set.n
        at = (who, self.recent_state[who, place], self.recent_action[who, place])
        self.q[at] += self._set.step_size * (target - self.q[at])

    def state_dict(self) -> dict[str, Any]:
        return arrays_of(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        restore_arrays(self, state)
