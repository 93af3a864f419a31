"""Proximal policy optimisation: several passes over each rollout, with the ratio of policies clipped."""

from typing import Any, Literal

import numpy as np
import torch

from shoestring.core.component import component
from shoestring.rl.actor_critic import ActorCritic, ClosedForm, clipped_surrogate
from shoestring.rl.adam import FlatAdam, shorten
from shoestring.rl.nets import FlatParameters
from shoestring.rl.returns import explained_variance, gae, standardise
from shoestring.rl.rollout import Rollout
from shoestring.rl.spaces import Box, Space


@component
class PPO:
    """Schulman et al. 2017, with generalised advantages."""

    kind: Literal["ppo"] = "ppo"
    discount: float = 0.99
    trace: float = 0.95
    """Lambda of the advantages."""
    clip: float = 0.2
    epochs: int = 10
    minibatch: int = 256
    """Steps of a gradient; the last of an epoch may be smaller."""
    learning_rate: float = 1e-3
    anneal: bool = True
    """Whether learning rate and clip fall linearly to zero over the run."""
    entropy: float = 0.0
    value_weight: float = 0.5
    max_gradient: float = 0.5
    """Longer gradients are shortened to this norm."""
    hidden: tuple[int, ...] = (64, 64)
    closed_form: bool = True
    """Gradients in closed form by NumPy, else by autograd; the same numbers, sooner on small networks."""

    def __post_init__(self) -> None:
        if not (0 <= self.discount <= 1 and 0 <= self.trace <= 1 and self.clip > 0):
            raise ValueError(f"discount={self.discount}, trace={self.trace} lie in [0, 1]; clip={self.clip} above 0")
        if self.epochs < 1 or self.minibatch < 1:
            raise ValueError(f"epochs={self.epochs}, minibatch={self.minibatch}: at least 1 of each")

    def build(self, observation: Box, action: Space, generator: torch.Generator) -> "PPOAgent":
        """Networks for these spaces."""
        return PPOAgent(self, ActorCritic(observation, action, generator, hidden=self.hidden))


class PPOAgent:
    """See :class:`PPO`."""

    def __init__(self, settings: PPO, networks: ActorCritic) -> None:
        self._set, self.networks, self.policy = settings, networks, networks.policy
        self._flat = FlatParameters([networks])
        self._closed = ClosedForm(networks, self._flat)
        assert self._flat.flat.grad is not None
        self._gradient = self._flat.flat.grad.numpy()
        self._optimizer = FlatAdam(self._flat.flat.detach().numpy(), settings.learning_rate, epsilon=1e-5)

    def learn(self, rollout: Rollout, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """Update on one rollout; ``progress`` in [0, 1) is the share of the run that is over."""
        s, scale = self._set, 1 - progress if self._set.anneal else 1.0
        self._optimizer.learning_rate = s.learning_rate * scale
        value, after = rollout.values(self.networks.value)
        advantage = gae(
            rollout.reward, rollout.terminated, rollout.truncated, value, after, discount=s.discount, trace=s.trace
        )
        target = advantage + value
        rows = rollout.steps
        data = (
            rollout.observation.reshape(rows, -1),
            rollout.action.reshape(rows, *rollout.action.shape[2:]),
            rollout.log_probability.reshape(rows),
            standardise(advantage).reshape(rows).astype(np.float32),
            target.reshape(rows).astype(np.float32),
        )
        figures: dict[str, float] = {}
        gradients = self._by_closed_form if s.closed_form else self._by_autograd
        for _ in range(s.epochs):
            order = rng.permutation(rows)
            shuffled = [part[order] for part in data]
            for begin in range(0, rows, s.minibatch):
                figures = gradients([part[begin : begin + s.minibatch] for part in shuffled], s.clip * scale)
                shorten(self._gradient, s.max_gradient)
                self._optimizer.step(self._gradient)
        return {**figures, "explained_variance": explained_variance(value, target)}

    def _by_closed_form(self, batch: list[np.ndarray], clip: float) -> dict[str, float]:
        s = self._set
        return self._closed.ppo(*batch, clip=clip, entropy_weight=s.entropy, value_weight=s.value_weight)

    def _by_autograd(self, batch: list[np.ndarray], clip: float) -> dict[str, float]:
        observation, action, old, advantage, target = (torch.from_numpy(part) for part in batch)
        self._flat.zero_grad()
        parameters = self.policy(observation)
        log_probability, entropy = self.policy.log_probability(parameters, action), self.policy.entropy(parameters)
        surrogate = clipped_surrogate(log_probability, old, advantage, clip)
        value_loss = (self.networks.critic(observation)[:, 0] - target).square().mean()
        (surrogate - self._set.entropy * entropy.mean() + self._set.value_weight * value_loss).backward()
        with torch.no_grad():
            ratio = (log_probability - old).exp()
            kl, clipped = (ratio - 1 - ratio.log()).mean(), ((ratio - 1).abs() > clip).float().mean()
        return {
            "entropy": entropy.mean().item(),
            "value_loss": value_loss.item(),
            "kl": kl.item(),
            "clipped": clipped.item(),
        }

    def state_dict(self) -> dict[str, Any]:
        """Networks and optimiser."""
        return {"networks": self.networks.state_dict(), "optimizer": self._optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.networks.load_state_dict(state["networks"])
        self._optimizer.load_state_dict(state["optimizer"])
