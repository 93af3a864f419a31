"""Many agents of one small task at once: every seed has its own stream, and all of them share each array operation.

A loop over seeds pays the price of every NumPy call once for each; here the policies are stacked into one array and the
environments stand beside one another, so that hundreds of seeds cost little more than one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shoestring.rl.batch import Physics
from shoestring.rl.nets import Layers, layers_of
from shoestring.rl.policies import Categorical


@dataclass(frozen=True)
class SeedEpisodes:
    """E whole episodes of each of N seeds, padded to the longest: [T, N, E, ...]. Behind an end stands anything."""

    observation: np.ndarray
    """float32 [T, N, E, O]."""
    action: np.ndarray
    """int64 [T, N, E]."""
    log_probability: np.ndarray
    """float32 [T, N, E]."""
    reward: np.ndarray
    """float64 [T, N, E]."""
    terminated: np.ndarray
    """bool [T, N, E]; false behind the end."""
    truncated: np.ndarray
    """bool [T, N, E]; false behind the end."""
    last: np.ndarray
    """float32 [N, E, O]: the observation that each episode ended in, where a truncation is bootstrapped."""
    length: np.ndarray
    """int64 [N, E]."""

    @property
    def inside(self) -> np.ndarray:
        """Whether a step belongs to its episode: bool [T, N, E]."""
        return np.arange(len(self.reward))[:, None, None] < self.length

    @property
    def returns(self) -> np.ndarray:
        """Undiscounted return of every episode [N, E]."""
        return np.where(self.inside, self.reward, 0.0).sum(axis=0)


def stacked(layers: Sequence[Layers]) -> Layers:
    """The layers of N networks of one shape as arrays [N, out, in] and [N, out]."""
    return [
        (np.stack([weight for weight, _ in group]), np.stack([bias for _, bias in group]))
        for group in zip(*layers, strict=True)
    ]


def stacked_forward(layers: Layers, inputs: np.ndarray) -> np.ndarray:
    """Outputs [N, B, out] of N networks, each for its own ``inputs`` [N, B, in]; tanh between the layers."""
    x = inputs
    for index, (weight, bias) in enumerate(layers):
        x = np.matmul(x, weight.transpose(0, 2, 1))
        x += bias[:, None, :]
        if index < len(layers) - 1:
            np.tanh(x, out=x)
    return x


def play_episodes(
    physics: Physics, policies: Sequence[Categorical], episodes: int, rngs: Sequence[np.random.Generator]
) -> SeedEpisodes:
    """``episodes`` whole episodes of every policy, all begun together, each policy with the stream at its place.

    What a seed does depends on its own stream only, not on the others beside it. Seeds whose episodes are all over are
    left out of what follows.
    """
    seeds, numbers, limit = len(policies), physics.observation_space.size, physics.limit
    every = stacked([layers_of(policy.net) for policy in policies])
    layers, going = every, np.arange(seeds)
    state = np.concatenate([physics.start(episodes, rng) for rng in rngs], axis=1)
    draws = np.stack([rng.random((limit, episodes), dtype=np.float32) for rng in rngs], axis=1)
    last = np.zeros((seeds, episodes, numbers), dtype=np.float32)
    length = np.zeros((seeds, episodes), dtype=np.int64)
    alive = np.ones((seeds, episodes), dtype=bool)
    rows: list[tuple[np.ndarray, ...]] = []
    for t in range(limit):
        count = len(going)
        observation = physics.observe(state).reshape(count, episodes, numbers)
        action, log_probability = _draw(stacked_forward(layers, observation), draws[t, going])
        state, reward, ended = physics.advance(state, action.reshape(-1))
        terminated = ended.reshape(count, episodes) & alive
        truncated = alive & ~terminated if t == limit - 1 else np.zeros_like(terminated)
        over = terminated | truncated
        length[going] += alive
        if over.any():
            reached = physics.observe(state).reshape(count, episodes, numbers)
            who, which = np.nonzero(over)
            last[going[who], which] = reached[who, which]
        # Episodes are recorded for all seeds, also those that are over: one shape throughout.
        found = (observation, action, log_probability, reward.reshape(count, episodes), terminated, truncated)
        rows.append(tuple(_spread(part, going, seeds) for part in found))
        alive = alive & ~over
        if not alive.any():
            break
        # A pole that fell goes on falling, and in the end its numbers overflow; nobody looks at it any more.
        state = state.reshape(-1, count, episodes) * alive
        keep = alive.any(axis=1)
        if not keep.all():
            state, going, alive = state[:, keep], going[keep], alive[keep]
            layers = [(weight[going], bias[going]) for weight, bias in every]
        state = state.reshape(len(state), -1)
    return SeedEpisodes(*(np.stack(part) for part in zip(*rows, strict=True)), last, length)


def _draw(logits: np.ndarray, uniform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Actions [N, E] of softmax(logits [N, E, A]) by one uniform number each, and their log-probabilities."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    weight = np.exp(shifted)
    cumulative = weight.cumsum(axis=-1)
    total = cumulative[..., -1]
    action = (uniform[..., None] * total[..., None] >= cumulative[..., :-1]).sum(axis=-1)
    chosen = np.take_along_axis(shifted, action[..., None], axis=-1)[..., 0]
    return action, chosen - np.log(total)


def _spread(part: np.ndarray, going: np.ndarray, seeds: int) -> np.ndarray:
    if len(going) == seeds:
        return part
    full = np.zeros((seeds, *part.shape[1:]), part.dtype)
    full[going] = part
    return full
