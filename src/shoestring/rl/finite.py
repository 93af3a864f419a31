"""A finite MDP behind the interface of batched environments: its observation is the number of the state."""

from typing import Any

import numpy as np

from shoestring.rl.batch import Step
from shoestring.rl.mdp import FiniteMDP
from shoestring.rl.spaces import Box, Discrete
from shoestring.rl.tables import MAX_STEPS


class FiniteBatch:
    """B walks through one MDP; see :class:`shoestring.rl.batch.Environment`."""

    def __init__(self, mdp: FiniteMDP, size: int, rng: np.random.Generator) -> None:
        self._mdp, self._rng, self.size = mdp, rng, size
        self.observation_space = Box((0.0,), (float(max(mdp.states - 1, 1)),))
        self.action_space = Discrete(mdp.actions)
        self.visits = np.zeros(mdp.states, dtype=np.int64)
        """How often each state was acted in, over all walks."""
        self._state = mdp.first(size, rng)
        self._total, self._length = np.zeros(size), np.zeros(size, dtype=np.int64)

    @property
    def observation(self) -> np.ndarray:
        """States, float32 [B, 1]."""
        return self._state[:, None].astype(np.float32)

    def step(self, action: np.ndarray) -> Step:
        """See :class:`shoestring.rl.batch.Environment`; without a limit of its own an episode has 100,000 steps."""
        np.add.at(self.visits, self._state, 1)
        state, reward, terminated = self._mdp.sample(self._state, action, self._rng)
        total, length = self._total + reward, self._length + 1
        truncated = (length >= (self._mdp.limit or MAX_STEPS)) & ~terminated
        reached = state[:, None].astype(np.float32)
        step = Step(reached, reward, terminated, truncated, total.copy(), length.copy())
        over = np.flatnonzero(step.ended)
        if len(over):
            state[over] = self._mdp.first(len(over), self._rng)
            total[over], length[over] = 0.0, 0
        self._state, self._total, self._length = state, total, length
        return step

    def state_dict(self) -> dict[str, Any]:
        """Where each walk is."""
        return {"state": self._state.copy(), "total": self._total.copy(), "length": self._length.copy()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if state["state"].shape != self._state.shape:
            raise ValueError(f"a state of {len(state['state'])} walks does not fit {self.size}")
        self._state, self._total = state["state"].copy(), state["total"].copy()
        self._length = state["length"].copy()
