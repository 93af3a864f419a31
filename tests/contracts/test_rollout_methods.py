"""What every agent that learns from rollouts must do, without a line of code for any of them."""

import numpy as np
import pytest
import torch

from shoestring.core import checkpoint, config
from shoestring.rl.agents import RolloutMethod
from shoestring.rl.batch import Simulation
from shoestring.rl.envs import CartPole, Pendulum
from shoestring.rl.rollout import collect
from shoestring.rl.spaces import Box, Discrete
from tests.contracts.members import kind, members

every_method = pytest.mark.parametrize("method", [member() for member in members(RolloutMethod)], ids=kind)


class Choice:
    """Reward 1 for action 1 where the observation is positive, and for action 0 elsewhere; eight steps."""

    observation_space, action_space, limit = Box((-1.0,), (1.0,)), Discrete(2), 8

    def start(self, count, rng):
        return np.stack([rng.uniform(-1, 1, count), rng.uniform(1, 9, count)])

    def advance(self, state, action):
        reward = (action == (state[0] > 0)).astype(float)
        # The next observation is as good as random, and needs no random stream.
        after = np.sin(1e3 * state[1] + 7 * state[0])
        return np.stack([after, state[1] + 0.1]), reward, np.zeros(len(reward), dtype=bool)

    def observe(self, state):
        return state[:1].T.astype(np.float32)


def build(method, env, seed=0):
    return method.build(env.observation_space, env.action_space, torch.Generator().manual_seed(seed))


@every_method
def test_it_learns_what_pays(method):
    from dataclasses import replace

    changed = {"learning_rate": 1e-2, "anneal": False} & vars(method).keys()
    method = replace(method, hidden=(16,), **{name: {"learning_rate": 1e-2, "anneal": False}[name] for name in changed})
    rng = np.random.default_rng(0)
    env = Simulation(Choice(), 32, rng)
    agent = build(method, env)
    for _ in range(60):
        rollout = collect(env, agent.policy, 16, rng)
        agent.learn(rollout, rng, 0.0)
    assert rollout.reward.mean() > 0.85, "chance is .5"


@every_method
@pytest.mark.parametrize("environment", [CartPole(), Pendulum(limit=20)], ids=kind)
def test_it_goes_on_from_its_state_bit_for_bit(method, environment):
    rng = np.random.default_rng(0)
    env = environment.build(4, rng)
    first, second = build(method, env), build(method, env, seed=1)
    rollouts = [collect(env, first.policy, 40, rng) for _ in range(3)]
    first.learn(rollouts[0], rng, 0.1)
    second.load_state_dict(checkpoint.unflatten(*checkpoint.flatten(first.state_dict())))
    again = np.random.default_rng()
    again.bit_generator.state = rng.bit_generator.state
    for rollout in rollouts[1:]:
        a, b = first.learn(rollout, rng, 0.2), second.learn(rollout, again, 0.2)
        assert repr(a) == repr(b), "repr, since a figure may be NaN"
    one, two = first.networks.state_dict(), second.networks.state_dict()
    assert all((one[name] == two[name]).all() for name in one)


@every_method
def test_it_is_read_back_from_its_configuration(method):
    assert config.load(type(method), [config.text_layer(config.dump(method), "test")]) == method


@every_method
def test_a_discount_outside_its_range_is_refused(method):
    with pytest.raises(ValueError, match="discount"):
        type(method)(discount=1.5)
