import numpy as np
import pytest
import torch

from shoestring.rl.agents import A2C
from shoestring.rl.envs import CartPole
from shoestring.rl.returns import n_step_returns
from tests.rl.agents.rollouts import built, rollout_of


def test_one_step_is_the_gradient_of_its_loss():
    """Recomputed from n-step returns and torch's distribution, one step after another."""
    rollout, *spaces = rollout_of(CartPole(), steps=5, size=8)
    agent, plain = (built(A2C(anneal=False, max_gradient=1e9), spaces) for _ in range(2))
    _, after = rollout.values(plain.networks.value)
    ends = rollout.reward, rollout.terminated, rollout.truncated
    target = torch.from_numpy(n_step_returns(*ends, after, discount=0.99, n=5).reshape(-1)).float()
    seen, action = torch.from_numpy(rollout.observation.reshape(40, -1)), torch.from_numpy(rollout.action.reshape(-1))
    value = plain.networks.critic(seen)[:, 0]
    distribution = torch.distributions.Categorical(logits=plain.policy(seen))
    gained = target - value.detach()
    loss = -(distribution.log_prob(action) * gained).mean() - 0.01 * distribution.entropy().mean()
    (loss + 0.5 * ((value - target) ** 2).mean()).backward()
    agent.learn(rollout, np.random.default_rng(0), 0.0)
    assert agent._flat.flat.grad.numpy() == pytest.approx(plain._flat.flat.grad.numpy(), rel=1e-3, abs=1e-5)
