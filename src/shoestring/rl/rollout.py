"""Rollouts: T steps of B environments, with everything that learning needs and both kinds of end kept apart."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shoestring.rl.batch import Environment
from shoestring.rl.policies import Normaliser, Policy
from shoestring.rl.spaces import Box


@dataclass(frozen=True)
class Rollout:
    """Arrays [T, B, ...], time first."""

    observation: np.ndarray
    """float32 [T, B, O], as the policy saw it (normalised if it is)."""
    action: np.ndarray
    """int64 [T, B], or float32 [T, B, A] as the policy drew it, before any clipping."""
    log_probability: np.ndarray
    """float32 [T, B] of the actions when they were drawn."""
    reward: np.ndarray
    """float64 [T, B]."""
    terminated: np.ndarray
    """bool [T, B]."""
    truncated: np.ndarray
    """bool [T, B]."""
    reached: np.ndarray
    """float32 [T, B, O]: what the actions led to, before any reset; the bootstrap value is V of this."""
    time: np.ndarray
    """int64 [T, B]: steps of the episode before this one; 0 at its first."""
    returns: np.ndarray
    """Returns of the episodes that ended here, in order of their end."""
    lengths: np.ndarray
    """Their steps."""

    @property
    def steps(self) -> int:
        """Environment steps in it."""
        return self.reward.size

    def values(self, value: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """V of every observation and of what every action reached: [T, B] each.

        Inside an episode what was reached is the next observation, so it is evaluated once; only the last row and the
        ends of episodes cost more.
        """
        steps, size = self.reward.shape
        flat = self.observation.reshape(steps * size, -1)
        own = value(flat).reshape(steps, size)
        after = np.empty_like(own)
        after[:-1] = own[1:]
        extra = self.terminated | self.truncated
        extra[-1] = True
        after[extra] = value(self.reached[extra])
        return own, after


def collect(
    environment: Environment,
    policy: Policy,
    steps: int,
    rng: np.random.Generator,
    normaliser: Normaliser | None = None,
) -> Rollout:
    """Let ``policy`` act for ``steps`` steps in every environment.

    Actions outside a box are clipped on their way to the environment; the rollout keeps what was drawn. A normaliser
    stays the same for the whole rollout, and takes in at its end what was seen.
    """
    size, numbers = environment.size, environment.observation_space.size
    box = environment.action_space if isinstance(environment.action_space, Box) else None
    observation = np.empty((steps, size, numbers), dtype=np.float32)
    reached = np.empty_like(observation)
    action = np.empty((steps, size, box.size), np.float32) if box else np.empty((steps, size), np.int64)
    log_probability = np.empty((steps, size), dtype=np.float32)
    reward, ended = np.empty((steps, size)), np.empty((2, steps, size), dtype=bool)
    time = np.empty((steps, size), dtype=np.int64)
    returns, lengths = [], []
    seen = np.empty_like(observation)
    for t in range(steps):
        now = environment.observation
        seen[t] = now
        observation[t] = normaliser(now) if normaliser else now
        action[t], log_probability[t] = policy.act(observation[t], rng)
        step = environment.step(box.clip(action[t]) if box else action[t])
        reached[t], reward[t], time[t] = step.reached, step.reward, step.length - 1
        ended[0, t], ended[1, t] = step.terminated, step.truncated
        over = step.ended
        if over.any():
            returns.append(step.total[over])
            lengths.append(step.length[over])
    if normaliser:
        reached = normaliser(reached)
        normaliser.update(seen.reshape(-1, numbers))
    none = np.zeros(0)
    return Rollout(
        observation=observation,
        action=action,
        log_probability=log_probability,
        reward=reward,
        terminated=ended[0],
        truncated=ended[1],
        reached=reached,
        time=time,
        returns=np.concatenate(returns) if returns else none,
        lengths=np.concatenate(lengths) if lengths else none.astype(int),
    )


def evaluate(
    environment: Environment,
    act: Callable[[np.ndarray], np.ndarray],
    episodes: int,
    max_steps: int = 1_000_000,
) -> np.ndarray:
    """Returns of the first ``episodes`` episodes of each environment: [episodes * B].

    A fixed number from each: taking whichever end first would prefer short episodes.
    """
    box = environment.action_space if isinstance(environment.action_space, Box) else None
    found: list[list[float]] = [[] for _ in range(environment.size)]
    for _ in range(max_steps):
        action = act(environment.observation)
        step = environment.step(box.clip(action) if box else action)
        for index in np.flatnonzero(step.ended).tolist():
            if len(found[index]) < episodes:
                found[index].append(float(step.total[index]))
        if all(len(returns) == episodes for returns in found):
            return np.array(found).reshape(-1)
    raise ValueError(f"{episodes} episodes did not end within {max_steps:,} steps")
