"""The plain actor-critic: the actor follows a critic that learns by temporal differences beside it."""

from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from shoestring.core.component import component
from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.adam import FlatAdam
from shoestring.rl.nets import FlatParameters, mlp
from shoestring.rl.policies import Categorical
from shoestring.rl.rollout import Rollout
from shoestring.rl.spaces import Box, Discrete, Space


@component
class PlainActorCritic:
    r"""One gradient of each network a rollout, every step for itself: no traces, no returns over several steps.

    ``td``: :math:`\delta = r + \gamma V(s') - V(s)`; the actor ascends :math:`\delta \nabla \log \pi(a|s)`, the critic
    :math:`\delta \nabla V(s)`. ``q``: :math:`\delta = r + \gamma Q(s', a') - Q(s, a)` with a' the next action; the
    actor ascends :math:`Q(s, a) \nabla \log \pi(a|s)`, which no baseline calms. Where a' is not known (the rollout
    ends, or a time limit cut the episode) it is drawn from the policy. Source: Sutton and Barto, section 13.5;
    Sutton et al. 2000.
    """

    kind: Literal["actor-critic"] = "actor-critic"
    form: Literal["td", "q"] = "td"
    discount: float = 0.99
    learning_rate: float = 1e-3
    """Of the actor."""
    critic_rate: float = 3e-3
    hidden: tuple[int, ...] = (64, 64)

    def __post_init__(self) -> None:
        if not 0 <= self.discount <= 1:
            raise ValueError(f"discount={self.discount}: lies in [0, 1]")

    def build(self, observation: Box, action: Space, generator: torch.Generator) -> "PlainActorCriticAgent":
        """Networks for these spaces."""
        networks = ActorCritic(observation, action, generator, hidden=self.hidden)
        width = action.n if isinstance(action, Discrete) else action.size
        return PlainActorCriticAgent(self, networks, mlp((observation.size + width, *self.hidden, 1), generator))


class PlainActorCriticAgent:
    """See :class:`PlainActorCritic`. In the form ``q``, V is fitted beside Q for whoever asks what a state is worth."""

    def __init__(self, settings: PlainActorCritic, networks: ActorCritic, q: torch.nn.Sequential) -> None:
        self._set, self.networks, self.policy, self._q = settings, networks, networks.policy, q
        self._actor, self._critic = FlatParameters([networks.policy]), FlatParameters([networks.critic, q])
        self._optimizers = [
            FlatAdam(flat.flat.detach().numpy(), rate)
            for flat, rate in ((self._actor, settings.learning_rate), (self._critic, settings.critic_rate))
        ]

    def learn(self, rollout: Rollout, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One gradient step of actor and critic."""
        rows = rollout.steps
        seen = torch.from_numpy(rollout.observation.reshape(rows, -1))
        action = torch.from_numpy(rollout.action.reshape(rows, *rollout.action.shape[2:]))
        value = self.networks.critic(seen)[:, 0]
        if self._set.form == "q":
            known = self._q(self._pairs(seen, action))[:, 0]
            target = self._target(self._q_reached(rollout, rng), rollout)
            weight = known.detach()
            critic = (known - target).square().mean() + (value - target).square().mean()
        else:
            _, after = rollout.values(self.networks.value)
            target = self._target(after, rollout)
            weight = target - value.detach()
            critic = (value - target).square().mean()
        parameters = self.policy(seen)
        actor = -(self.policy.log_probability(parameters, action) * weight).mean()
        for flat, loss, optimizer in zip(
            (self._actor, self._critic), (actor, 0.5 * critic), self._optimizers, strict=True
        ):
            flat.zero_grad()
            loss.backward()
            assert flat.flat.grad is not None
            optimizer.step(flat.flat.grad.numpy())
        return {"entropy": self.policy.entropy(parameters).mean().item(), "value_loss": critic.item()}

    def _target(self, after: np.ndarray, rollout: Rollout) -> Tensor:
        follows = self._set.discount * np.where(rollout.terminated, 0.0, after)
        return torch.from_numpy((rollout.reward + follows).reshape(-1).astype(np.float32))

    def _pairs(self, seen: Tensor, action: Tensor) -> Tensor:
        if not isinstance(self.policy, Categorical):
            return torch.cat([seen, action], dim=1)
        width = self._q[0].in_features - seen.shape[1]
        return torch.cat([seen, torch.nn.functional.one_hot(action, width).float()], dim=1)

    def _q_reached(self, rollout: Rollout, rng: np.random.Generator) -> np.ndarray:
        """Q [T, B] of what was reached and what was done there."""
        steps, size = rollout.reward.shape
        following = np.concatenate([rollout.action[1:], rollout.action[-1:]])
        unknown = rollout.terminated | rollout.truncated
        unknown[-1] = True
        following[unknown] = self.policy.act(rollout.reached[unknown], rng)[0]
        reached = torch.from_numpy(rollout.reached.reshape(steps * size, -1))
        action = torch.from_numpy(following.reshape(steps * size, *following.shape[2:]))
        with torch.no_grad():
            return self._q(self._pairs(reached, action))[:, 0].numpy().reshape(steps, size)

    def state_dict(self) -> dict[str, Any]:
        """Networks and optimisers."""
        return {
            "networks": self.networks.state_dict(),
            "q": self._q.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.networks.load_state_dict(state["networks"])
        self._q.load_state_dict(state["q"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
