"""Watkins's Q(lambda): traces that end where exploring begins."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.tables import Transition, arrays_of, choose, restore_arrays


@component
class WatkinsQ:
    """Watkins 1989: Q-learning whose errors travel back along the trace only as far as the actions were greedy."""

    kind: Literal["watkins-q"] = "watkins-q"
    step_size: float = 0.1
    epsilon: float = 0.1
    discount: float = 1.0
    trace: float = 0.9
    """Lambda, in [0, 1]."""

    def __post_init__(self) -> None:
        if not 0 <= self.trace <= 1:
            raise ValueError(f"trace={self.trace}: lambda lies in [0, 1]")

    def build(self, seeds: int, states: int, actions: int) -> "WatkinsQLearner":
        """Learners for ``seeds`` seeds."""
        return WatkinsQLearner(self, seeds, states, actions)


class WatkinsQLearner:
    """See :class:`WatkinsQ`."""

    def __init__(self, settings: WatkinsQ, seeds: int, states: int, actions: int) -> None:
        self._set = settings
        self.q = np.zeros((seeds, states, actions))
        self.eligibility = np.zeros_like(self.q)
        self.chosen = np.full(seeds, -1)

    def act(self, who: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The action that decided whether the trace goes on, or an epsilon-greedy one."""
        fresh = choose(self.q[who, state], self._set.epsilon, rng)
        return np.where(self.chosen[who] >= 0, self.chosen[who], fresh)

    def observe(self, who: np.ndarray, seen: Transition, rng: np.random.Generator) -> None:
        """One error towards the best next action, shared among the pairs since the last exploring action."""
        at = (who, seen.state, seen.action)
        ahead = self.q[who, seen.successor]
        following = choose(ahead, self._set.epsilon, rng)
        greedy = ahead[np.arange(len(who)), following] == ahead.max(axis=1)
        error = seen.reward + self._set.discount * np.where(seen.terminated, 0.0, ahead.max(axis=1)) - self.q[at]
        self.eligibility[at] = 1.0
        self.q[who] += (self._set.step_size * error)[:, None, None] * self.eligibility[who]
        keep = greedy & ~seen.ended
        self.eligibility[who] *= np.where(keep, self._set.discount * self._set.trace, 0.0)[:, None, None]
        self.chosen[who] = np.where(seen.ended, -1, following)

    def state_dict(self) -> dict[str, Any]:
        return arrays_of(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        restore_arrays(self, state)
