"""PPO on the cart-pole as a single script would have it: what ``benchmarks.rl`` measures ours against.

In the manner of CleanRL, with its defaults: four environments behind Gymnasium's synchronous vector, a network for
the policy and one for the value, distribution objects, autograd and torch's Adam, advantages by a loop over time.
"""

import time

import gymnasium
import numpy as np
import torch
from torch import Tensor, nn

ENVIRONMENTS, HORIZON, EPOCHS, MINIBATCHES = 4, 128, 4, 4
RATE, DISCOUNT, TRACE, CLIP, ENTROPY, VALUE, NORM = 2.5e-4, 0.99, 0.95, 0.2, 0.01, 0.5, 0.5


def network(outputs: int, gain: float) -> nn.Sequential:
    """Two hidden layers of 64, orthogonal."""
    net = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, outputs))
    for layer in net[::2]:
        nn.init.orthogonal_(layer.weight, gain if layer is net[4] else 2**0.5)
        nn.init.zeros_(layer.bias)
    return net


def cleanrl_style(total: int, seed: int) -> float:
    """Processor seconds for ``total`` steps, learning included."""
    torch.manual_seed(seed)
    envs = gymnasium.vector.SyncVectorEnv([lambda: gymnasium.make("CartPole-v1") for _ in range(ENVIRONMENTS)])
    actor, critic = network(2, 0.01), network(1, 1.0)
    parameters = [*actor.parameters(), *critic.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=RATE, eps=1e-5)
    seen, _ = envs.reset(seed=seed)
    done = np.zeros(ENVIRONMENTS, dtype=np.float32)
    updates = max(1, total // (ENVIRONMENTS * HORIZON))
    began = time.process_time()
    for update in range(updates):
        optimizer.param_groups[0]["lr"] = RATE * (1 - update / updates)
        obs = torch.zeros(HORIZON, ENVIRONMENTS, 4)
        actions, logs, rewards, dones, values = torch.zeros(5, HORIZON, ENVIRONMENTS)
        for t in range(HORIZON):
            obs[t], dones[t] = torch.from_numpy(seen), torch.from_numpy(done)
            with torch.no_grad():
                chosen = torch.distributions.Categorical(logits=actor(obs[t]))
                action = chosen.sample()
                logs[t], values[t], actions[t] = chosen.log_prob(action), critic(obs[t])[:, 0], action
            seen, reward, terminated, truncated, _ = envs.step(action.numpy())
            rewards[t], done = torch.from_numpy(reward), np.logical_or(terminated, truncated).astype(np.float32)
        advantages = backwards(rewards, dones, values, torch.from_numpy(done), critic(torch.from_numpy(seen))[:, 0])
        learn(actor, critic, optimizer, (obs, actions, logs, advantages, advantages + values))
    return time.process_time() - began


def backwards(rewards: Tensor, dones: Tensor, values: Tensor, done: Tensor, following: Tensor) -> Tensor:
    """Advantages by a loop over time, as such scripts have it: a time limit counts as an end."""
    advantages, last = torch.zeros_like(rewards), torch.zeros(ENVIRONMENTS)
    with torch.no_grad():
        for t in reversed(range(HORIZON)):
            left = 1 - (done if t == HORIZON - 1 else dones[t + 1])
            after = following if t == HORIZON - 1 else values[t + 1]
            last = rewards[t] + DISCOUNT * after * left - values[t] + DISCOUNT * TRACE * left * last
            advantages[t] = last
    return advantages


def learn(
    actor: nn.Sequential,
    critic: nn.Sequential,
    optimizer: torch.optim.Optimizer,
    rollout: tuple[Tensor, ...],
) -> None:
    """The passes over one rollout: observations, actions, log-probabilities, advantages, targets."""
    obs, actions, logs, advantages, targets = (part.flatten(0, 1) for part in rollout)
    rows = len(obs)
    parameters = [*actor.parameters(), *critic.parameters()]
    for _ in range(EPOCHS):
        for chosen in torch.randperm(rows).chunk(MINIBATCHES):
            distribution = torch.distributions.Categorical(logits=actor(obs[chosen]))
            ratio = (distribution.log_prob(actions[chosen]) - logs[chosen]).exp()
            gain = advantages[chosen]
            gain = (gain - gain.mean()) / (gain.std() + 1e-8)
            surrogate = torch.max(-gain * ratio, -gain * ratio.clamp(1 - CLIP, 1 + CLIP)).mean()
            value_loss = 0.5 * (critic(obs[chosen])[:, 0] - targets[chosen]).square().mean()
            loss = surrogate - ENTROPY * distribution.entropy().mean() + VALUE * value_loss
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, NORM)
            optimizer.step()
