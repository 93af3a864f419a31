"""REINFORCE: the plain policy gradient from whole episodes, with or without a baseline."""

from typing import Any, Literal

import numpy as np
import torch

from shoestring.core.component import component
from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.nets import FlatParameters
from shoestring.rl.returns import discounted_returns
from shoestring.rl.rollout import Rollout
from shoestring.rl.spaces import Box, Space


@component
class Reinforce:
    r"""Williams 1992: ascends :math:`\gamma^t (G_t - b(s_t)) \nabla \log \pi(a_t | s_t)`.

    Steps whose episode does not end within the rollout are left out: their return is not known. An episode that the
    time limit cuts counts as far as it went, as in the original, which has no values to bootstrap from.
    """

    kind: Literal["reinforce"] = "reinforce"
    discount: float = 0.99
    discount_steps: bool = False
    r"""Whether the factor :math:`\gamma^t` stands in front; most programs leave it out."""
    baseline: bool = True
    """Whether a network's V is subtracted."""
    learning_rate: float = 3e-3
    hidden: tuple[int, ...] = (64, 64)

    def __post_init__(self) -> None:
        if not 0 <= self.discount <= 1:
            raise ValueError(f"discount={self.discount}: lies in [0, 1]")

    def build(self, observation: Box, action: Space, generator: torch.Generator) -> "ReinforceAgent":
        """Networks for these spaces."""
        return ReinforceAgent(self, ActorCritic(observation, action, generator, hidden=self.hidden))


class ReinforceAgent:
    """See :class:`Reinforce`."""

    def __init__(self, settings: Reinforce, networks: ActorCritic) -> None:
        self._set, self.networks, self.policy = settings, networks, networks.policy
        self._flat = FlatParameters([networks])
        self._optimizer = torch.optim.Adam([self._flat.flat], lr=settings.learning_rate, fused=True)

    def learn(self, rollout: Rollout, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One gradient step from the episodes that ended."""
        s = self._set
        known = complete(rollout.terminated | rollout.truncated)
        if not known.any():
            return {"share_used": 0.0}
        zero = np.zeros_like(rollout.reward)
        returns = discounted_returns(rollout.reward, rollout.terminated, rollout.truncated, zero, discount=s.discount)
        observation = torch.from_numpy(rollout.observation[known])
        action, target = torch.from_numpy(rollout.action[known]), torch.from_numpy(returns[known].astype(np.float32))
        weight = s.discount ** rollout.time[known] if s.discount_steps else np.ones(known.sum())
        predicted = self.networks.critic(observation)[:, 0]
        gained = (target - predicted.detach() if s.baseline else target) * torch.from_numpy(weight.astype(np.float32))
        parameters = self.policy(observation)
        actor = -(self.policy.log_probability(parameters, action) * gained).mean()
        value_loss = (predicted - target).square().mean()
        self._flat.zero_grad()
        (actor + (0.5 * value_loss if s.baseline else 0.0)).backward()
        self._optimizer.step()
        return {
            "entropy": self.policy.entropy(parameters).mean().item(),
            "value_loss": value_loss.item(),
            "share_used": float(known.mean()),
        }

    def state_dict(self) -> dict[str, Any]:
        """Networks and optimiser."""
        return {"networks": self.networks.state_dict(), "optimizer": self._optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.networks.load_state_dict(state["networks"])
        self._optimizer.load_state_dict(state["optimizer"])


def complete(ended: np.ndarray) -> np.ndarray:
    """Whether the episode of each step [T, B] ends within the arrays."""
    return np.logical_or.accumulate(ended[::-1], axis=0)[::-1]
