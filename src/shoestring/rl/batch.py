"""Many copies of one environment, stepped together, with the ends of episodes kept honest."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from shoestring.rl.spaces import Box, Space


@dataclass(frozen=True)
class Step:
    """What one action in each of B environments led to."""

    reached: np.ndarray
    """Observations [B, O] that the actions reached, before any reset: what the value of a truncation is taken from."""
    reward: np.ndarray
    """float64 [B]."""
    terminated: np.ndarray
    """bool [B]: the episode ended by itself; nothing follows."""
    truncated: np.ndarray
    """bool [B]: the time limit cut an episode that would have gone on; never where ``terminated``."""
    total: np.ndarray
    """Return of each episode so far [B], this step included; where it ended, the return of the episode."""
    length: np.ndarray
    """Steps of each episode so far [B]."""

    @property
    def ended(self) -> np.ndarray:
        """Whether the episode is over for either reason; the environment has been reset there."""
        return self.terminated | self.truncated


class Environment(Protocol):
    """B environments. Episodes that end are reset at once, so ``observation`` is always what to act on next."""

    size: int
    observation: np.ndarray
    """float32 [B, O]."""
    observation_space: Box
    action_space: Space

    def step(self, action: np.ndarray) -> Step:
        """Take actions: int [B], or float [B, A] for a box."""
        ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any], /) -> None: ...


class Physics(Protocol):
    """The equations of one environment, as pure functions of states [D, B]: one row for each quantity."""

    observation_space: Box
    action_space: Space
    limit: int
    """Steps after which an episode is truncated."""

    def start(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """First states [D, count]."""
        ...

    def advance(self, state: np.ndarray, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """States [D, B], rewards [B] and terminations [B] after ``action``."""
        ...

    def observe(self, state: np.ndarray) -> np.ndarray:
        """Observations, float32 [B, O]."""
        ...


class Simulation:
    """B copies of some physics in one array."""

    def __init__(self, physics: Physics, size: int, rng: np.random.Generator) -> None:
        self._physics, self._rng = physics, rng
        self.size = size
        self.observation_space, self.action_space = physics.observation_space, physics.action_space
        self.state = physics.start(size, rng)
        self.observation = physics.observe(self.state)
        self._total, self._length = np.zeros(size), np.zeros(size, dtype=np.int64)

    def step(self, action: np.ndarray) -> Step:
        """See :class:`Environment`."""
        state, reward, terminated = self._physics.advance(self.state, action)
        reached = observation = self._physics.observe(state)
        total, length = self._total + reward, self._length + 1
        truncated = (length >= self._physics.limit) & ~terminated
        step = Step(reached, reward, terminated, truncated, total, length)
        ended = np.flatnonzero(step.ended)
        if len(ended):
            first = self._physics.start(len(ended), self._rng)
            state[:, ended] = first
            observation = reached.copy()
            observation[ended] = self._physics.observe(first)
            total, length = total.copy(), length.copy()
            total[ended], length[ended] = 0.0, 0
        self.state, self.observation, self._total, self._length = state, observation, total, length
        return step

    def state_dict(self) -> dict[str, Any]:
        """Everything but the random stream, which belongs to the run."""
        return {"state": self.state.copy(), "total": self._total.copy(), "length": self._length.copy()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if state["state"].shape != self.state.shape:
            raise ValueError(f"a state of {state['state'].shape[1:]} environments does not fit {self.size}")
        self.state, self._total = state["state"].copy(), state["total"].copy()
        self._length = state["length"].copy()
        self.observation = self._physics.observe(self.state)
