r"""Returns and advantages as pure functions of arrays ``[T, ...]``, time first; any number of environments beside.

Three rules, which most mistakes in this field violate:

- An episode that is *terminated* has no future: nothing is bootstrapped. One that is *truncated* by a time limit has
  one: its value is bootstrapped from the observation that was reached, not from the one after the reset.
- Recursions stop at both; so ``next_value[t]`` is always the value of the observation that action ``t`` reached.
- The end of the arrays is no end of an episode: it is bootstrapped as a truncation is.
"""

import numpy as np


def discounted_returns(
    reward: np.ndarray, terminated: np.ndarray, truncated: np.ndarray, next_value: np.ndarray, *, discount: float
) -> np.ndarray:
    r""":math:`G_t = r_t + \gamma G_{t+1}`, with G beyond a truncation or the arrays from ``next_value``.

    All arrays are [T, ...]; ``next_value[t]`` is V of the observation reached at t, and counts where t is the last step
    of an episode that was not terminated, or of the arrays. With zeros this is the Monte Carlo return.
    """
    _check(reward, terminated, truncated, next_value)
    returns = np.empty_like(next_value)
    after = next_value[-1]
    for t in range(len(reward) - 1, -1, -1):
        after = np.where(truncated[t], next_value[t], after)
        after = reward[t] + discount * np.where(terminated[t], 0.0, after)
        returns[t] = after
    return returns


def td_errors(
    reward: np.ndarray, terminated: np.ndarray, value: np.ndarray, next_value: np.ndarray, *, discount: float
) -> np.ndarray:
    r""":math:`\delta_t = r_t + \gamma (1 - \mathrm{terminated}_t) V(s_{t+1}) - V(s_t)`; all arrays [T, ...]."""
    return reward + discount * np.where(terminated, 0.0, next_value) - value


def gae(
    reward: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
    value: np.ndarray,
    next_value: np.ndarray,
    *,
    discount: float,
    trace: float,
) -> np.ndarray:
    r"""Generalised advantages :math:`A_t = \sum_k (\gamma\lambda)^k \delta_{t+k}`, cut where the episode ends.

    All arrays are [T, ...]; ``next_value[t]`` is V of the observation reached at t *before* any reset. ``trace`` is
    lambda in [0, 1]: 0 gives the one-step advantage, 1 the Monte Carlo return less V. Source: Schulman et al. 2016,
    eq. 16.
    """
    _check(reward, terminated, truncated, next_value)
    delta = td_errors(reward, terminated, value, next_value, discount=discount)
    decay = discount * trace * ~(terminated | truncated)
    advantage = np.empty_like(delta)
    after = np.zeros_like(delta[0])
    for t in range(len(delta) - 1, -1, -1):
        after = delta[t] + decay[t] * after
        advantage[t] = after
    return advantage


def lambda_returns(
    reward: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
    next_value: np.ndarray,
    *,
    discount: float,
    trace: float,
) -> np.ndarray:
    r""":math:`G^\lambda_t = (1-\lambda) \sum_n \lambda^{n-1} G_t^{(n)}`, the rest of the weight on the last of them.

    Arrays as in :func:`gae`. Source: Sutton and Barto, section 12.1.
    """
    _check(reward, terminated, truncated, next_value)
    returns = np.empty_like(next_value)
    after = next_value[-1]
    for t in range(len(reward) - 1, -1, -1):
        after = np.where(truncated[t], next_value[t], after)
        future = np.where(terminated[t], 0.0, (1 - trace) * next_value[t] + trace * after)
        after = reward[t] + discount * future
        returns[t] = after
    return returns


def n_step_returns(
    reward: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
    next_value: np.ndarray,
    *,
    discount: float,
    n: int,
) -> np.ndarray:
    r""":math:`G^{(n)}_t = \sum_{k<n} \gamma^k r_{t+k} + \gamma^n V(s_{t+n})`, with fewer steps where the episode ends.

    Arrays as in :func:`gae`; n >= 1.
    """
    _check(reward, terminated, truncated, next_value)
    if n < 1:
        raise ValueError(f"n={n}: a return looks at least one step ahead")
    steps = len(reward)
    # From the last step of a window back to its first: what follows is bootstrapped where the window or episode ends.
    returns = np.zeros_like(next_value)
    for k in range(n - 1, -1, -1):
        # `at` = t + k for every t whose window still reaches there; beyond the arrays nothing is known.
        count = steps - k
        if count <= 0:
            continue
        at = slice(k, steps)
        last = np.zeros(count, dtype=bool)
        last[-1] = True
        if k == n - 1:
            last[:] = True
        shape = (count,) + (1,) * (reward.ndim - 1)
        ends = last.reshape(shape) | truncated[at]
        after = np.where(ends, next_value[at], returns[:count])
        returns[:count] = reward[at] + discount * np.where(terminated[at], 0.0, after)
    return returns


def standardise(advantage: np.ndarray, epsilon: float = 1e-8) -> np.ndarray:
    """Zero mean and unit deviation over *all* steps and environments of the batch together.

    Standardised for each environment or each time step alone, an advantage no longer says that one episode, or one
    moment, went better than another.
    """
    return (advantage - advantage.mean()) / (advantage.std() + epsilon)


def explained_variance(value: np.ndarray, target: np.ndarray) -> float:
    """1 - Var[target - value] / Var[target]: 1 is perfect, 0 no better than a constant; NaN for a constant target."""
    spread = target.var()
    return float(1 - (target - value).var() / spread) if spread > 0 else float("nan")


def _check(reward: np.ndarray, terminated: np.ndarray, truncated: np.ndarray, next_value: np.ndarray) -> None:
    if not reward.shape == terminated.shape == truncated.shape == next_value.shape or not len(reward):
        raise ValueError(
            f"reward {reward.shape}, terminated {terminated.shape}, truncated {truncated.shape} and next_value "
            f"{next_value.shape} must have one shape [T, ...] with T >= 1"
        )
    if terminated.dtype != bool or truncated.dtype != bool:
        raise ValueError("terminated and truncated must be boolean")
