"""Any environment of Gymnasium by its id, behind the same interface as our own."""

import importlib
import importlib.util
from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.core.errors import BadDataError, ConfigError, MissingExtraError, NotFoundError
from shoestring.rl.batch import Step
from shoestring.rl.spaces import Box, Discrete, Space

MAX_NUMBERS = 1_000_000
"""Largest observation; more is a mistake, or pictures, which the small networks here are not made for."""


@component
class Gymnasium:
    """One process, one environment after the other: on two cores, workers cost more than the physics.

    The id may name the module that registers it, as ``"minigrid:MiniGrid-Empty-5x5-v0"``.
    """

    kind: Literal["gymnasium"] = "gymnasium"
    id: str = "CartPole-v1"

    def build(self, size: int, rng: np.random.Generator) -> "GymnasiumBatch":
        """``size`` environments.

        Raises:
            MissingExtraError: Gymnasium, or what this environment needs, is not installed.
            NotFoundError: no environment has this id.
            ConfigError: its observations are not one array of numbers, or its actions neither a box nor discrete.
        """
        return GymnasiumBatch(self.id, [_make(self.id) for _ in range(size)], rng)


class GymnasiumBatch:
    """See :class:`Gymnasium`.

    Every episode starts from a seed of its own. Its state is that seed and the actions since: replayed, they lead any
    environment that keeps Gymnasium's promise about seeds back to where it was.
    """

    def __init__(self, name: str, environments: list[Any], rng: np.random.Generator) -> None:
        self._name, self._envs, self._rng = name, environments, rng
        self.size = len(environments)
        self.observation_space = _box(name, environments[0].observation_space)
        self.action_space = _space(name, environments[0].action_space)
        self._discrete = isinstance(self.action_space, Discrete)
        self._first = int(getattr(environments[0].action_space, "start", 0))
        self._seeds = np.zeros(self.size, dtype=np.int64)
        self._actions: list[list[Any]] = [[] for _ in range(self.size)]
        self._total, self._length = np.zeros(self.size), np.zeros(self.size, dtype=np.int64)
        self.observation = np.zeros((self.size, self.observation_space.size), dtype=np.float32)
        for index in range(self.size):
            self._reset(index)

    def step(self, action: np.ndarray) -> Step:
        """See :class:`shoestring.rl.batch.Environment`.

        Raises:
            BadDataError: an environment failed, or gave what is no finite number or of the wrong shape.
        """
        reached, reward = np.empty_like(self.observation), np.zeros(self.size)
        terminated, truncated = np.zeros(self.size, dtype=bool), np.zeros(self.size, dtype=bool)
        for index in range(self.size):
            reached[index], reward[index], terminated[index], truncated[index] = self._advance(index, action[index])
        truncated &= ~terminated
        total, length = self._total + reward, self._length + 1
        step = Step(reached, reward, terminated, truncated, total, length)
        self.observation, self._total, self._length = reached.copy(), total.copy(), length.copy()
        for index in np.flatnonzero(step.ended).tolist():
            self._reset(index)
        return step

    def state_dict(self) -> dict[str, Any]:
        """Seed and actions of every episode that is going on."""
        actions = [np.asarray(taken) for taken in self._actions]
        return {"seeds": self._seeds.copy(), "actions": actions}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if len(state["seeds"]) != self.size:
            raise ValueError(f"a state of {len(state['seeds'])} environments does not fit {self.size}")
        for index, actions in enumerate(state["actions"]):
            self._reset(index, int(state["seeds"][index]))
            for action in actions:
                self.observation[index], reward, *_ = self._advance(index, action)
                self._total[index] += reward
                self._length[index] += 1

    def _advance(self, index: int, action: Any) -> tuple[np.ndarray, float, bool, bool]:
        where = f"{self._name}: environment {index}, step {len(self._actions[index]) + 1} of its episode"
        given = (
            int(action) + self._first if self._discrete else np.asarray(action, self._envs[index].action_space.dtype)
        )
        try:
            observation, reward, terminated, truncated, _ = self._envs[index].step(given)
            reward = float(reward)
        except Exception as error:
            raise BadDataError(f"{where}: step() raised {type(error).__name__}: {error}") from error
        if not np.isfinite(reward):
            raise BadDataError(f"{where}: the reward is {reward}")
        found = self._checked(observation, where)
        # Only now: what failed is not replayed when a run is resumed.
        self._actions[index].append(int(action) if self._discrete else np.array(action))
        return found, reward, bool(terminated), bool(truncated)

    def _reset(self, index: int, seed: int | None = None) -> None:
        self._seeds[index] = self._rng.integers(2**31) if seed is None else seed
        self._actions[index] = []
        self._total[index], self._length[index] = 0.0, 0
        where = f"{self._name}: environment {index}, reset"
        try:
            observation, _ = self._envs[index].reset(seed=int(self._seeds[index]))
        except Exception as error:
            raise BadDataError(f"{where}: reset() raised {type(error).__name__}: {error}") from error
        self.observation[index] = self._checked(observation, where)

    def _checked(self, observation: Any, where: str) -> np.ndarray:
        try:
            found = np.asarray(observation, dtype=np.float32).reshape(-1)
        except (TypeError, ValueError) as error:
            raise BadDataError(f"{where}: the observation is no array of numbers: {error}") from error
        if found.shape != (self.observation_space.size,):
            raise BadDataError(f"{where}: {found.size} numbers observed, its space has {self.observation_space.size}")
        if not np.isfinite(found).all():
            raise BadDataError(
                f"{where}: the observation holds NaN or infinity at {np.argwhere(~np.isfinite(found))[0]}"
            )
        return found


def _make(name: str) -> Any:
    try:
        import gymnasium
    except ImportError as error:
        raise MissingExtraError("gymnasium", "rl") from error
    module, colon, rest = name.partition(":")
    if colon and importlib.util.find_spec(module.partition(".")[0]) is None:
        raise NotFoundError(f"environment {name!r}: there is no package {module!r}; install it, or give {rest!r} alone")
    try:
        return gymnasium.make(name)
    except gymnasium.error.DependencyNotInstalled as error:
        extra = "mujoco" if "mujoco" in str(error).lower() else "box2d"
        raise MissingExtraError(extra, extra) from error
    except gymnasium.error.Error as error:
        known = "a package that brings its own is named before the id, as in minigrid:MiniGrid-Empty-5x5-v0"
        raise NotFoundError(f"environment {name!r}: {str(error).rstrip('.')}; {known}") from error


def _box(name: str, space: Any) -> Box:
    from gymnasium import spaces

    if not isinstance(space, spaces.Box) or not np.issubdtype(space.dtype, np.number) or not space.shape:
        raise ConfigError(f"{name}: observations are {space}; what is supported is one array of numbers (Box)")
    if int(np.prod(space.shape)) > MAX_NUMBERS:
        raise ConfigError(f"{name}: an observation has {int(np.prod(space.shape)):,} numbers, at most {MAX_NUMBERS:,}")
    return Box(tuple(space.low.reshape(-1).tolist()), tuple(space.high.reshape(-1).tolist()))


def _space(name: str, space: Any) -> Space:
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        return Discrete(int(space.n))
    if isinstance(space, spaces.Box) and len(space.shape) == 1:
        return Box(tuple(space.low.tolist()), tuple(space.high.tolist()))
    raise ConfigError(f"{name}: actions are {space}; what is supported is Discrete, or a Box of one dimension")
