"""Trust-region policy optimisation with generalised advantages; without its search, the natural gradient."""

from typing import Any, Literal

import numpy as np
import torch

from shoestring.core.component import component
from shoestring.rl.actor_critic import (
    ActorCritic,
    categorical_gradient,
    categorical_log_probability,
    gaussian_gradient,
    gaussian_log_probability,
)
from shoestring.rl.nets import FlatParameters, as_layers, layers_of, numpy_backward, numpy_forward
from shoestring.rl.policies import Categorical
from shoestring.rl.returns import discounted_returns, explained_variance, gae, standardise
from shoestring.rl.rollout import Rollout
from shoestring.rl.spaces import Box, Space
from shoestring.rl.trust_region import conjugate_gradient, fisher_product, line_search, scaled_to, value_step

SLACK = 1.5
"""The step has the bound by a quadratic model; a true divergence of up to so many times the bound is accepted."""


@component
class TRPO:
    """Schulman et al. 2015 and 2016: first the policy, with the old values; then the values.

    Fitting the values first would drive the residuals, and with them the policy's gradient, towards zero.
    """

    kind: Literal["trpo"] = "trpo"
    discount: float = 0.99
    trace: float = 0.97
    """Lambda of the advantages."""
    max_kl: float = 0.01
    """Bound of the mean KL divergence from the old to the new policy [nats]."""
    iterations: int = 10
    """Of conjugate gradients."""
    damping: float = 1e-3
    search: bool = True
    """Without it, the full natural gradient step is taken whatever comes of it."""
    baseline: Literal["network", "time", "none"] = "network"
    """V: a network with the trust-region update, the mean return at each time of an episode, or nothing."""
    value_bound: float = 0.01
    """Epsilon of the value update: how far V may move, in units of its own mean squared error."""
    hidden: tuple[int, ...] = (64, 64)
    critic_hidden: tuple[int, ...] = (64, 64)
    last_gain: float = 0.1

    def __post_init__(self) -> None:
        if not (0 <= self.discount <= 1 and 0 <= self.trace <= 1):
            raise ValueError(f"discount={self.discount}, trace={self.trace}: both lie in [0, 1]")
        if self.max_kl <= 0 or self.value_bound <= 0 or self.iterations < 1 or self.damping < 0:
            raise ValueError("max_kl and value_bound must be above 0, iterations at least 1, damping not negative")

    def build(self, observation: Box, action: Space, generator: torch.Generator) -> "TRPOAgent":
        """Networks for these spaces."""
        networks = ActorCritic(
            observation, action, generator, hidden=self.hidden, critic_hidden=self.critic_hidden,
            last_gain=self.last_gain,
        )  # fmt: skip
        return TRPOAgent(self, networks)


class TRPOAgent:
    """See :class:`TRPO`."""

    def __init__(self, settings: TRPO, networks: ActorCritic) -> None:
        self._set, self.networks, self.policy = settings, networks, networks.policy
        # Views: what is written into them is what the networks compute with.
        self._actor_flat = FlatParameters([networks.policy]).flat.detach().numpy()
        self._critic_flat = FlatParameters([networks.critic]).flat.detach().numpy()
        self._actor, self._critic = layers_of(networks.policy.net), layers_of(networks.critic)

    def learn(self, rollout: Rollout, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One update of the policy, then one of the values, on one rollout."""
        s = self._set
        value, after = self._baseline(rollout)
        ends = (rollout.reward, rollout.terminated, rollout.truncated)
        advantage = gae(*ends, value, after, discount=s.discount, trace=s.trace)
        returns = discounted_returns(*ends, after, discount=s.discount)
        rows = rollout.steps
        observation = rollout.observation.reshape(rows, -1)
        action = rollout.action.reshape(rows, *rollout.action.shape[2:])
        old = rollout.log_probability.reshape(rows)
        figures = self.update(observation, action, old, advantage.reshape(rows), returns.reshape(rows))
        return {**figures, "explained_variance": explained_variance(value, returns)}

    def update(
        self, observation: np.ndarray, action: np.ndarray, old: np.ndarray, advantage: np.ndarray, returns: np.ndarray
    ) -> dict[str, float]:
        """The same on N steps whose advantages [N] and returns [N] are known; ``old`` [N] are log-probabilities."""
        figures = self._improve(observation, action, old, standardise(advantage).astype(np.float32))
        if self._set.baseline == "network":
            target = returns.astype(np.float32)
            figures |= value_step(self._critic, self._critic_flat, observation, target, bound=self._set.value_bound)
        return figures

    def _baseline(self, rollout: Rollout) -> tuple[np.ndarray, np.ndarray]:
        """V of every observation and of what was reached: [T, B] each."""
        if self._set.baseline == "network":
            return rollout.values(self.networks.value)
        zero = np.zeros_like(rollout.reward)
        if self._set.baseline == "none":
            return zero, zero
        returns = discounted_returns(
            rollout.reward, rollout.terminated, rollout.truncated, zero, discount=self._set.discount
        )
        return mean_by_time(returns, rollout.time)

    def _improve(
        self, observation: np.ndarray, action: np.ndarray, old: np.ndarray, advantage: np.ndarray
    ) -> dict[str, float]:
        s = self._set
        outputs, seen = numpy_forward(self._actor, observation)
        gradient = self._gradient(outputs, seen, action, advantage / len(advantage))
        product = fisher_product(self.policy, observation, s.damping)
        step = scaled_to(conjugate_gradient(product, gradient, s.iterations), product, s.max_kl)
        first = torch.from_numpy(outputs) if isinstance(self.policy, Categorical) else self._parameters(outputs)

        def measure() -> tuple[float, float]:
            new, _ = numpy_forward(self._actor, observation)
            ratio = np.exp(self._log_probability(new, action) - old)
            kl = self.policy.divergence(first, self._parameters(new)).mean().item()
            return float((ratio * advantage).mean() - advantage.mean()), kl

        expected = float(gradient @ step)
        if s.search:
            found = line_search(self._actor_flat, step, measure, expected=expected, bound=SLACK * s.max_kl)
            moved = (found.improvement, found.divergence, found.fraction)
        else:
            self._actor_flat += step.astype(np.float32)
            moved = (*measure(), 1.0)
        entropy = self.policy.entropy(self._parameters(numpy_forward(self._actor, observation)[0])).mean().item()
        return {"improvement": moved[0], "kl": moved[1], "fraction": moved[2], "entropy": entropy}

    def _gradient(
        self, outputs: np.ndarray, seen: list[np.ndarray], action: np.ndarray, weight: np.ndarray
    ) -> np.ndarray:
        """Of the mean of ratio * advantage at the old policy, where all ratios are 1."""
        gradient = np.empty_like(self._actor_flat)
        if isinstance(self.policy, Categorical):
            _, log_p = categorical_log_probability(outputs, action)
            outgoing, _ = categorical_gradient(log_p, action, weight, 0.0)
            free = 0
        else:
            deviation = self.policy.log_deviation.detach().numpy()
            outgoing, of_deviation = gaussian_gradient(outputs, deviation, action, weight, 0.0)
            free = len(deviation)
            gradient[:free] = of_deviation
        numpy_backward(self._actor, seen, outgoing, as_layers(gradient[free:], self._actor))
        return gradient.astype(np.float64)

    def _log_probability(self, outputs: np.ndarray, action: np.ndarray) -> np.ndarray:
        if isinstance(self.policy, Categorical):
            return categorical_log_probability(outputs, action)[0]
        return gaussian_log_probability(outputs, self.policy.log_deviation.detach().numpy(), action)

    def _parameters(self, outputs: np.ndarray) -> torch.Tensor:
        found = torch.from_numpy(outputs)
        if isinstance(self.policy, Categorical):
            return found
        return torch.cat([found, self.policy.log_deviation.detach().expand_as(found)], dim=1)

    def state_dict(self) -> dict[str, Any]:
        """The networks; there is no optimiser with a memory."""
        return {"networks": self.networks.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.networks.load_state_dict(state["networks"])


def mean_by_time(returns: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of all ``returns`` seen at the same time of an episode, for each step and for the step after it.

    Arrays of one shape; 0 where nobody got that far. This is the article's baseline without a value function.
    """
    size = int(time.max()) + 2
    count = np.bincount(time.reshape(-1), minlength=size)
    mean = np.bincount(time.reshape(-1), returns.reshape(-1), minlength=size) / np.maximum(count, 1)
    return mean[time], mean[time + 1]
