"""Dyna: learn a model on the way, and practise with it between the real steps."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.tables import Transition, arrays_of, choose, restore_arrays


@component
class DynaQ:
    r"""Sutton 1990; Sutton and Barto, sections 8.2 and 8.3 (Dyna-Q+ where ``bonus`` > 0).

    Each real step is followed by ``planning`` updates from remembered ones. The bonus adds :math:`\kappa\sqrt{\tau}` to
    the reward of a pair that was not tried for :math:`\tau` real steps, and makes untried actions of known states part
    of the model, as staying in place for nothing.
    """

    kind: Literal["dyna-q"] = "dyna-q"
    step_size: float = 0.1
    epsilon: float = 0.1
    discount: float = 0.95
    planning: int = 10
    bonus: float = 0.0
    """Kappa; the book uses 1e-3 and less."""

    def __post_init__(self) -> None:
        if self.planning < 0 or self.bonus < 0:
            raise ValueError(f"planning={self.planning}, bonus={self.bonus}: neither can be negative")

    def build(self, seeds: int, states: int, actions: int) -> "DynaQLearner":
        """Learners for ``seeds`` seeds."""
        return DynaQLearner(self, seeds, states, actions)


class DynaQLearner:
    """See :class:`DynaQ`."""

    def __init__(self, settings: DynaQ, seeds: int, states: int, actions: int) -> None:
        self._set = settings
        shape = (seeds, states, actions)
        self.q = np.zeros(shape)
        self.successor = np.broadcast_to(np.arange(states)[None, :, None], shape).copy()
        self.reward = np.zeros(shape)
        self.terminated = np.zeros(shape, dtype=bool)
        self.tried_at = np.zeros(shape, dtype=np.int64)
        self.known = np.zeros(shape, dtype=bool)
        self.pairs = np.zeros((seeds, states * actions), dtype=np.int64)
        """Numbers of the pairs in the model, in order of their first visit; the first ``size`` count."""
        self.size = np.zeros(seeds, dtype=np.int64)
        self.clock = np.zeros(seeds, dtype=np.int64)

    def act(self, who: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Epsilon-greedy."""
        return choose(self.q[who, state], self._set.epsilon, rng)

    def observe(self, who: np.ndarray, seen: Transition, rng: np.random.Generator) -> None:
        """One update from the real step, then ``planning`` from the model."""
        at = (who, seen.state, seen.action)
        self.clock[who] += 1
        self._back_up(who, seen.state, seen.action, seen.reward, seen.successor, seen.terminated)
        self.successor[at], self.reward[at], self.terminated[at] = seen.successor, seen.reward, seen.terminated
        self.tried_at[at] = self.clock[who]
        actions = self.q.shape[2]
        for action in range(actions) if self._set.bonus else [None]:
            self._remember(who, seen.state, seen.action if action is None else np.full(len(who), action))
        for _ in range(self._set.planning):
            pair = self.pairs[who, (rng.random(len(who)) * self.size[who]).astype(np.int64)]
            state, action = pair // actions, pair % actions
            here = (who, state, action)
            reward = self.reward[here] + self._set.bonus * np.sqrt(self.clock[who] - self.tried_at[here])
            self._back_up(who, state, action, reward, self.successor[here], self.terminated[here])

    def _remember(self, who: np.ndarray, state: np.ndarray, action: np.ndarray) -> None:
        new = ~self.known[who, state, action]
        fresh = who[new]
        self.known[fresh, state[new], action[new]] = True
        self.pairs[fresh, self.size[fresh]] = state[new] * self.q.shape[2] + action[new]
        self.size[fresh] += 1

    def _back_up(
        self, who: np.ndarray, state: np.ndarray, action: np.ndarray, reward: np.ndarray, *after: np.ndarray
    ) -> None:
        successor, terminated = after
        future = np.where(terminated, 0.0, self.q[who, successor].max(axis=1))
        self.q[who, state, action] += self._set.step_size * (
            reward + self._set.discount * future - self.q[who, state, action]
        )

    def state_dict(self) -> dict[str, Any]:
        return arrays_of(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        restore_arrays(self, state)
