import numpy as np
import pytest

from shoestring.rl.agents import PPO
from shoestring.rl.envs import CartPole, Pendulum
from tests.rl.agents.rollouts import built, rollout_of


@pytest.mark.parametrize("environment", [CartPole(), Pendulum()], ids=["discrete", "box"])
def test_both_ways_to_the_gradient_lead_to_the_same_weights(environment):
    rollout, *spaces = rollout_of(environment)
    weights, figures = [], []
    for closed in (True, False):
        agent = built(PPO(closed_form=closed, epochs=3, minibatch=100, entropy=0.01), spaces)
        figures.append(agent.learn(rollout, np.random.default_rng(1), 0.25))
        weights.append(agent._flat.flat.detach().numpy().copy())
    assert weights[0] == pytest.approx(weights[1], abs=2e-5)
    assert figures[0] == pytest.approx(figures[1], rel=1e-3, abs=1e-4)


def test_with_the_run_the_steps_shrink_to_nothing():
    rollout, *spaces = rollout_of(CartPole())
    moved = []
    for progress in (0.0, 0.999):
        agent = built(PPO(epochs=1), spaces)
        before = agent._flat.flat.detach().clone()
        agent.learn(rollout, np.random.default_rng(1), progress)
        moved.append((agent._flat.flat - before).abs().max().item())
    assert moved[1] < 0.01 * moved[0]


def test_long_gradients_are_shortened():
    rollout, *spaces = rollout_of(CartPole())
    agent = built(PPO(epochs=1, minibatch=10_000, max_gradient=0.1, value_weight=100.0), spaces)
    agent.learn(rollout, np.random.default_rng(1), 0.0)
    assert float(agent._flat.flat.grad.norm()) == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize("settings", [{"clip": 0.0}, {"epochs": 0}, {"minibatch": 0}, {"trace": 2.0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        PPO(**settings)
