"""Advantage actor-critic: one gradient for each short rollout."""

from typing import Any, Literal

import numpy as np
import torch

from shoestring.core.component import component
from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.adam import shorten
from shoestring.rl.nets import FlatParameters
from shoestring.rl.returns import explained_variance, gae
from shoestring.rl.rms_prop import rms_step
from shoestring.rl.rollout import Rollout
from shoestring.rl.spaces import Box, Space


@component
class A2C:
    """Mnih et al. 2016 without the asynchrony: n-step returns (``trace`` = 1), RMSProp, an entropy term."""

    kind: Literal["a2c"] = "a2c"
    discount: float = 0.99
    trace: float = 1.0
    learning_rate: float = 7e-4
    anneal: bool = True
    """Whether the learning rate falls linearly to zero over the run."""
    entropy: float = 0.01
    value_weight: float = 0.5
    max_gradient: float = 0.5
    hidden: tuple[int, ...] = (64, 64)

    def __post_init__(self) -> None:
        if not (0 <= self.discount <= 1 and 0 <= self.trace <= 1):
            raise ValueError(f"discount={self.discount}, trace={self.trace}: both lie in [0, 1]")

    def build(self, observation: Box, action: Space, generator: torch.Generator) -> "A2CAgent":
        """Networks for these spaces."""
        return A2CAgent(self, ActorCritic(observation, action, generator, hidden=self.hidden))


class A2CAgent:
    """See :class:`A2C`."""

    def __init__(self, settings: A2C, networks: ActorCritic) -> None:
        self._set, self.networks, self.policy = settings, networks, networks.policy
        self._flat = FlatParameters([networks])
        assert self._flat.flat.grad is not None
        self.flat, self.gradient = self._flat.flat.detach().numpy(), self._flat.flat.grad.numpy()
        self.square = np.zeros_like(self.flat)

    def learn(self, rollout: Rollout, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One gradient step."""
        figures = self.fill_gradient(rollout)
        rms_step(self.flat, self.square, self.gradient, self.rate(progress))
        return figures

    def rate(self, progress: float) -> float:
        """The learning rate when ``progress`` of the run is over."""
        return self._set.learning_rate * (1 - progress if self._set.anneal else 1.0)

    def fill_gradient(self, rollout: Rollout) -> dict[str, float]:
        """Put the gradient at the present weights, shortened where it is too long, into ``gradient``; figures."""
        s = self._set
        value, after = rollout.values(self.networks.value)
        advantage = gae(
            rollout.reward, rollout.terminated, rollout.truncated, value, after, discount=s.discount, trace=s.trace
        )
        rows = rollout.steps
        observation = torch.from_numpy(rollout.observation.reshape(rows, -1))
        action = torch.from_numpy(rollout.action.reshape(rows, *rollout.action.shape[2:]))
        weight = torch.from_numpy(advantage.reshape(rows).astype(np.float32))
        target = torch.from_numpy((advantage + value).reshape(rows).astype(np.float32))
        parameters = self.policy(observation)
        entropy = self.policy.entropy(parameters).mean()
        actor = -(self.policy.log_probability(parameters, action) * weight).mean()
        value_loss = (self.networks.critic(observation)[:, 0] - target).square().mean()
        self._flat.zero_grad()
        (actor - s.entropy * entropy + s.value_weight * value_loss).backward()
        shorten(self.gradient, s.max_gradient)
        return {
            "entropy": entropy.item(),
            "value_loss": value_loss.item(),
            "explained_variance": explained_variance(value, advantage + value),
        }

    def state_dict(self) -> dict[str, Any]:
        """Networks, and the optimiser's mean squares."""
        return {"networks": self.networks.state_dict(), "square": self.square.copy()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.networks.load_state_dict(state["networks"])
        self.square[:] = state["square"]
