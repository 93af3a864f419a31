"""The cart-pole experiment of the GAE article: TRPO with any gamma, lambda and baseline, 21 seeds side by side.

Twenty episodes of at most 1,000 steps make a batch, policy first and values second, twenty times; then twenty more
episodes judge the policy that came out. All seeds of all settings act in the same array operations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from shoestring.rl.agents import TRPO
from shoestring.rl.agents.trpo import TRPOAgent, mean_by_time
from shoestring.rl.envs import CartPole
from shoestring.rl.returns import discounted_returns, gae
from shoestring.rl.seeds import SeedEpisodes, play_episodes

EPISODES, LIMIT = 20, 1_000
CHUNK = 126
"""Agents that act at once; more need more memory and save little."""


@dataclass(frozen=True)
class Learned:
    """One setting."""

    returns: np.ndarray
    """Mean return of the episodes before each update, and after the last one: [iterations + 1, seeds]."""
    steps: int
    """Of the environment, all seeds and the judging episodes together."""

    @property
    def final(self) -> np.ndarray:
        """After the last update [seeds]."""
        return self.returns[-1]


def learn(
    settings: Mapping[str, TRPO], seeds: Sequence[int], iterations: int, episodes: int = EPISODES, limit: int = LIMIT
) -> dict[str, Learned]:
    """Every setting with every seed; a seed has the same first weights and the same stream of numbers everywhere."""
    jobs = [(name, seed) for name in settings for seed in seeds]
    found: dict[str, list[np.ndarray]] = {name: [] for name in settings}
    steps = dict.fromkeys(settings, 0)
    for begin in range(0, len(jobs), CHUNK):
        part = jobs[begin : begin + CHUNK]
        physics = CartPole(limit=limit)
        spaces = physics.observation_space, physics.action_space
        agents = [settings[name].build(*spaces, torch.Generator().manual_seed(seed)) for name, seed in part]
        rngs = [np.random.default_rng([seed, 1]) for _, seed in part]
        rows = []
        for iteration in range(iterations + 1):
            played = play_episodes(physics, [agent.policy for agent in agents], episodes, rngs)
            rows.append(played.returns.mean(axis=1))
            for (name, _), spent in zip(part, played.length.sum(axis=1).tolist(), strict=True):
                steps[name] += spent
            if iteration < iterations:
                for place, ((name, _), agent) in enumerate(zip(part, agents, strict=True)):
                    update(agent, settings[name], played, place)
        for (name, _), curve in zip(part, np.array(rows).T, strict=True):
            found[name].append(curve)
    return {name: Learned(np.array(curves).T, steps[name]) for name, curves in found.items()}


def update(agent: TRPOAgent, settings: TRPO, played: SeedEpisodes, place: int) -> None:
    """One update of the agent at ``place`` by its own episodes."""
    steps = int(played.length[place].max())
    inside = played.inside[:steps, place]
    reward, ends = played.reward[:steps, place], (played.terminated[:steps, place], played.truncated[:steps, place])
    observation = played.observation[:steps, place]
    value, after = np.zeros_like(reward), np.zeros_like(reward)
    if settings.baseline == "network":
        value[inside] = agent.networks.value(observation[inside])
        after[:-1] = value[1:]
        after[played.length[place] - 1, np.arange(len(played.last[place]))] = agent.networks.value(played.last[place])
    returns = discounted_returns(reward, *ends, after, discount=settings.discount)
    if settings.baseline == "time":
        times = np.broadcast_to(np.arange(steps)[:, None], reward.shape)
        value[inside], after[inside] = mean_by_time(returns[inside], times[inside])
    advantage = gae(reward, *ends, value, after, discount=settings.discount, trace=settings.trace)
    action, old = played.action[:steps, place], played.log_probability[:steps, place]
    agent.update(observation[inside], action[inside], old[inside], advantage[inside], returns[inside])
