from dataclasses import replace

import numpy as np
import pytest
import torch

from shoestring.rl.agents import TRPO
from shoestring.rl.agents.trpo import SLACK
from shoestring.rl.envs import CartPole, Pendulum
from shoestring.rl.returns import discounted_returns, gae, standardise
from tests.rl.agents.rollouts import built, rollout_of

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("environment", [CartPole(), Pendulum()], ids=["discrete", "box"])
def test_a_step_improves_the_surrogate_within_the_bound(environment):
    rollout, *spaces = rollout_of(environment, steps=100)
    agent = built(TRPO(last_gain=0.01), spaces)
    seen = torch.from_numpy(rollout.observation.reshape(600, -1))
    before = agent.policy(seen).detach()
    figures = agent.learn(rollout, RNG, 0.0)
    kl = agent.policy.divergence(before, agent.policy(seen).detach()).mean().item()
    assert figures["fraction"] > 0 and figures["improvement"] > 0
    assert figures["kl"] == pytest.approx(kl, rel=0.01, abs=1e-5) and 0 < kl <= SLACK * 0.01


def test_the_policy_is_updated_with_the_values_from_before():
    """Values first would drive the residuals, and with them the gradient, towards zero."""
    rollout, *spaces = rollout_of(CartPole(), steps=100)
    agent = built(TRPO(last_gain=0.01), spaces)
    value, after = rollout.values(agent.networks.value)
    ends = rollout.reward, rollout.terminated, rollout.truncated
    advantage = standardise(gae(*ends, value, after, discount=0.99, trace=0.97)).reshape(-1)
    target = discounted_returns(*ends, after, discount=0.99)
    figures = agent.learn(rollout, RNG, 0.0)
    seen, action = torch.from_numpy(rollout.observation.reshape(600, -1)), torch.from_numpy(rollout.action.reshape(-1))
    ratio = (
        agent.policy.log_probability(agent.policy(seen), action).detach().numpy()
    ) - rollout.log_probability.reshape(-1)
    surrogate = (np.exp(ratio) * advantage).mean() - advantage.mean()
    assert figures["improvement"] == pytest.approx(surrogate, rel=0.01, abs=1e-5)
    assert figures["value_loss"] == pytest.approx(np.square(value - target).mean(), rel=1e-3)
    assert figures["value_loss_after"] < figures["value_loss"]


def test_with_a_hopeless_rollout_the_policy_stays():
    rollout, *spaces = rollout_of(CartPole())
    agent = built(TRPO(last_gain=0.01, baseline="none"), spaces)
    before = agent._actor_flat.copy()
    # Without any difference between actions there is no direction.
    figures = agent.learn(replace(rollout, reward=rollout.reward * 0), RNG, 0.0)
    assert (agent._actor_flat == before).all() and figures["kl"] == 0


def test_the_time_baseline_is_the_mean_return_at_each_time():
    rollout, *spaces = rollout_of(CartPole(limit=12), steps=60)
    agent = built(TRPO(baseline="time", discount=0.9), spaces)
    value, after = agent._baseline(rollout)
    zero = np.zeros_like(rollout.reward)
    returns = discounted_returns(rollout.reward, rollout.terminated, rollout.truncated, zero, discount=0.9)
    for time in (0, 5, 11):
        expected = returns[rollout.time == time].mean()
        assert value[rollout.time == time] == pytest.approx(expected)
        if time:
            assert after[rollout.time == time - 1] == pytest.approx(expected)
    critic = agent._critic_flat.copy()
    agent.learn(rollout, RNG, 0.0)
    assert (agent._critic_flat == critic).all(), "the network is not used"


def test_without_the_search_the_whole_step_is_taken():
    rollout, *spaces = rollout_of(Pendulum(), steps=100)
    figures = built(TRPO(search=False, last_gain=0.01), spaces).learn(rollout, RNG, 0.0)
    assert figures["fraction"] == 1.0 and figures["kl"] == pytest.approx(0.01, rel=0.5)


@pytest.mark.parametrize("settings", [{"max_kl": 0.0}, {"value_bound": -1.0}, {"iterations": 0}, {"damping": -1.0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        TRPO(**settings)
