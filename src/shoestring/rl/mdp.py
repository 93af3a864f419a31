"""Finite Markov decision processes as tables of outcomes: the exact model behind every small environment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Outcome = tuple[float, int, float, bool]
"""``(probability, next state, reward, terminated)``, as in the tables of Gymnasium."""


@dataclass(frozen=True)
class FiniteMDP:
    r"""States 0..S-1, actions 0..A-1, and at most K outcomes of each pair.

    After an outcome that is ``terminated`` nothing follows: the value of its next state does not count.
    """

    probability: np.ndarray
    """float64 [S, A, K]; sums to 1 over K, unused places are 0."""
    successor: np.ndarray
    """int64 [S, A, K]."""
    reward: np.ndarray
    """float64 [S, A, K]."""
    terminated: np.ndarray
    """bool [S, A, K]."""
    start: np.ndarray
    """float64 [S], the distribution of first states."""
    limit: int | None = None
    """Steps after which an episode is truncated; no part of the values, which assume endless time."""

    def __post_init__(self) -> None:
        shape = self.probability.shape
        if len(shape) != 3 or any(part.shape != shape for part in (self.successor, self.reward, self.terminated)):
            raise ValueError(f"outcomes are four arrays of one shape [S, A, K], not {shape} and others")
        if self.start.shape != shape[:1] or not np.isclose(self.start.sum(), 1) or (self.start < 0).any():
            raise ValueError(f"start: needs a distribution over the {shape[0]} states")
        if (self.probability < 0).any() or not np.allclose(self.probability.sum(axis=2), 1):
            bad = np.argwhere(~np.isclose(self.probability.sum(axis=2), 1))
            raise ValueError(f"probabilities of (state, action) {bad[:3].tolist()} do not sum to 1")
        if (self.successor < 0).any() or (self.successor >= shape[0]).any():
            raise ValueError(f"next states must lie in 0..{shape[0] - 1}")
        if not np.isfinite(self.reward).all():
            raise ValueError("rewards must be finite")

    @property
    def states(self) -> int:
        """S."""
        return self.probability.shape[0]

    @property
    def actions(self) -> int:
        """A."""
        return self.probability.shape[1]

    @cached_property
    def expected_reward(self) -> np.ndarray:
        """float64 [S, A]."""
        return (self.probability * self.reward).sum(axis=2)

    @cached_property
    def continuing(self) -> np.ndarray:
        """Probability of each outcome where the episode goes on, 0 elsewhere: float64 [S, A, K]."""
        return self.probability * ~self.terminated

    @cached_property
    def _cumulative(self) -> np.ndarray:
        return self.probability.cumsum(axis=2)[:, :, :-1]

    @cached_property
    def _start_cumulative(self) -> np.ndarray:
        return self.start.cumsum()[:-1]

    def action_values(self, value: np.ndarray, discount: float) -> np.ndarray:
        """One backup: Q [S, A] of the values [S] of the states that follow."""
        return self.expected_reward + discount * (self.continuing * value[self.successor]).sum(axis=2)

    def chain(self, policy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Transitions [S, S] and expected rewards [S] under ``policy`` [S, A]; rows of the first may sum below 1."""
        weights = policy[:, :, None] * self.continuing
        matrix = np.zeros((self.states, self.states))
        rows = np.broadcast_to(np.arange(self.states)[:, None, None], weights.shape)
        np.add.at(matrix, (rows, self.successor), weights)
        return matrix, (policy * self.expected_reward).sum(axis=1)

    def first(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw ``count`` first states: int64 [count]."""
        return np.searchsorted(self._start_cumulative, rng.random(count), side="right")

    def sample(
        self, state: np.ndarray, action: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw one outcome for each pair: next states, rewards and terminations, all [N]."""
        draw = rng.random(len(state))
        k = (draw[:, None] >= self._cumulative[state, action]).sum(axis=1)
        return self.successor[state, action, k], self.reward[state, action, k], self.terminated[state, action, k]


def from_outcomes(
    states: int,
    actions: int,
    outcomes: Callable[[int, int], Sequence[Outcome]],
    start: np.ndarray | int,
    limit: int | None = None,
) -> FiniteMDP:
    """The MDP whose pair (s, a) has ``outcomes(s, a)``; ``start`` is a distribution [S] or one state."""
    table = [[list(outcomes(s, a)) for a in range(actions)] for s in range(states)]
    width = max(len(found) for row in table for found in row)
    arrays: tuple[np.ndarray, ...] = tuple(
        np.zeros((states, actions, width), dtype) for dtype in (np.float64, np.int64, np.float64, bool)
    )
    for s, row in enumerate(table):
        for a, found in enumerate(row):
            for k, outcome in enumerate(found):
                for array, part in zip(arrays, outcome, strict=True):
                    array[s, a, k] = part
    if isinstance(start, int):
        start = np.eye(states)[start]
    return FiniteMDP(*arrays, start=np.asarray(start, dtype=np.float64), limit=limit)


def from_table(table: Mapping[int, Mapping[int, Sequence[Any]]], start: np.ndarray) -> FiniteMDP:
    """The MDP of a table ``P[state][action]`` of outcomes, as Gymnasium's toy environments have it."""
    return from_outcomes(len(table), len(table[0]), lambda s, a: table[s][a], start)


def soft(mdp: FiniteMDP, epsilon: float) -> FiniteMDP:
    """The MDP in which every action is replaced by a uniform one with probability ``epsilon``.

    Its best policy is the best epsilon-soft policy of ``mdp``, which is what SARSA with that epsilon aims at.
    """
    states, actions, width = mdp.probability.shape

    def mixed(own: np.ndarray, scale_own: float = 1.0, scale_any: float = 1.0) -> np.ndarray:
        spread = np.broadcast_to(own.reshape(states, 1, actions * width), (states, actions, actions * width))
        return np.concatenate([own * scale_own, spread * scale_any], axis=2)

    return FiniteMDP(
        probability=mixed(mdp.probability, 1 - epsilon, epsilon / actions),
        successor=mixed(mdp.successor, 1, 1).astype(np.int64),
        reward=mixed(mdp.reward),
        terminated=mixed(mdp.terminated, 1, 1).astype(bool),
        start=mdp.start,
        limit=mdp.limit,
    )


def epsilon_greedy(action: np.ndarray, actions: int, epsilon: float) -> np.ndarray:
    """The policy [S, A] that takes ``action`` [S], or with probability ``epsilon`` a uniform one."""
    return np.eye(actions)[action] * (1 - epsilon) + epsilon / actions
