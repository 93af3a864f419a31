"""Prediction: the values of a given policy from its episodes, for many independent runs at once.

Every function takes values [N, S] of N runs with one episode of each, and returns the values after it. Source: Sutton
and Barto, chapters 5, 6, 7 and 12.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from shoestring.rl.mdp import FiniteMDP

Traces = Literal["accumulating", "replacing", "dutch"]


@dataclass(frozen=True)
class Episodes:
    """One episode that ended by itself for each of N runs, padded to the longest."""

    state: np.ndarray
    """int64 [T, N]; behind the end of an episode anything."""
    action: np.ndarray
    """int64 [T, N]."""
    reward: np.ndarray
    """float64 [T, N]; 0 behind the end."""
    length: np.ndarray
    """int64 [N]."""

    def returns(self, discount: float) -> np.ndarray:
        """The return from every step: [T, N]."""
        found = np.zeros_like(self.reward)
        after = np.zeros(self.reward.shape[1])
        for t in range(len(found) - 1, -1, -1):
            after = self.reward[t] + discount * after
            found[t] = after
        return found


def sample_episodes(
    mdp: FiniteMDP, policy: np.ndarray, runs: int, rng: np.random.Generator, *, max_steps: int = 100_000
) -> Episodes:
    """Follow ``policy`` from the start until every run has ended. Raises ValueError if one does not end.

    One policy [S, A] for all runs, or one for each: [runs, S, A].
    """
    cumulative = policy.cumsum(axis=-1)[..., :-1]
    everyone = np.arange(runs)
    state, alive = mdp.first(runs, rng), np.ones(runs, dtype=bool)
    states, actions, rewards, length = [], [], [], np.zeros(runs, dtype=np.int64)
    for _ in range(max_steps):
        bounds = cumulative[state] if policy.ndim == 2 else cumulative[everyone, state]
        action = (rng.random(runs)[:, None] >= bounds).sum(axis=1)
        successor, reward, ended = mdp.sample(state, action, rng)
        states.append(state)
        actions.append(action)
        rewards.append(np.where(alive, reward, 0.0))
        length += alive
        alive = alive & ~ended
        state = successor
        if not alive.any():
            return Episodes(np.array(states), np.array(actions), np.array(rewards), length)
    raise ValueError(f"an episode did not end within {max_steps:,} steps; prediction here needs episodes that end")


def monte_carlo(
    value: np.ndarray, count: np.ndarray, episodes: Episodes, discount: float, visits: Literal["first", "every"]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the returns from a state; ``count`` [N, S] are the returns that the values already hold."""
    value, count = value.copy(), count.copy()
    returns, seen = episodes.returns(discount), np.zeros(value.shape, dtype=bool)
    runs = np.arange(len(value))
    for t, state in enumerate(episodes.state):
        counts = t < episodes.length
        if visits == "first":
            counts = counts & ~seen[runs, state]
        who, at = runs[counts], state[counts]
        seen[who, at] = True
        count[who, at] += 1
        value[who, at] += (returns[t, counts] - value[who, at]) / count[who, at]
    return value, count


def n_step_td(value: np.ndarray, episodes: Episodes, *, step_size: float, discount: float, n: int) -> np.ndarray:
    """Online n-step TD: the state of n steps ago moves towards n rewards and the value reached; n = 1 is TD(0)."""
    value = value.copy()
    runs, steps = np.arange(len(value)), len(episodes.reward)
    # Sums of discounted rewards from the start turn every window into one difference.
    powers = discount ** np.arange(steps + 1)
    for t in range(n - 1, steps + n - 1):
        begin = t - n + 1
        who = runs[begin < episodes.length]
        if not len(who):
            break
        last = min(t + 1, steps)
        target = powers[: last - begin] @ episodes.reward[begin:last, who]
        goes_on = t + 1 < episodes.length[who]
        if goes_on.any():
            reached = episodes.state[t + 1, who[goes_on]]
            target[goes_on] += discount**n * value[who[goes_on], reached]
        at = episodes.state[begin, who]
        value[who, at] += step_size * (target - value[who, at])
    return value


def td_lambda(
    value: np.ndarray, episodes: Episodes, *, step_size: float, discount: float, trace: float, traces: Traces
) -> np.ndarray:
    """TD(lambda) by eligibility traces.

    ``dutch`` is true online TD(lambda) (van Seijen et al. 2016): exactly the online lambda-return algorithm.
    """
    value = value.copy()
    eligibility = np.zeros_like(value)
    everyone = np.arange(len(value))
    old = np.zeros(len(value))
    for t in range(len(episodes.reward)):
        who = everyone[t < episodes.length]
        at = episodes.state[t, who]
        here = value[who, at]
        after = np.zeros(len(who))
        goes_on = t + 1 < episodes.length[who]
        if goes_on.any():
            after[goes_on] = value[who[goes_on], episodes.state[t + 1, who[goes_on]]]
        error = episodes.reward[t, who] + discount * after - here
        eligibility[who] *= discount * trace
        match traces:
            case "accumulating":
                eligibility[who, at] += 1
            case "replacing":
                eligibility[who, at] = 1
            case "dutch":
                eligibility[who, at] += 1 - step_size * eligibility[who, at]
                error += here - old[who]
        value[who] += step_size * error[:, None] * eligibility[who]
        if traces == "dutch":
            value[who, at] -= step_size * (here - old[who])
            old[who] = after
    return value


def importance_ratios(episodes: Episodes, target: np.ndarray, behaviour: np.ndarray) -> np.ndarray:
    """Product of pi / b over each whole episode [N]; both policies are [S, A]."""
    ratio = target[episodes.state, episodes.action] / behaviour[episodes.state, episodes.action]
    inside = np.arange(len(ratio))[:, None] < episodes.length
    return np.where(inside, ratio, 1.0).prod(axis=0)


def ordinary_importance_sampling(returns: np.ndarray, ratio: np.ndarray) -> float:
    """Mean of ratio * return: without bias, and of unbounded variance."""
    return float((ratio * returns).mean())


def weighted_importance_sampling(returns: np.ndarray, ratio: np.ndarray) -> float:
    """Mean of the returns weighted by their ratios: a little biased, never outside what was seen; 0 without weight."""
    total = ratio.sum()
    return float((ratio * returns).sum() / total) if total > 0 else 0.0
