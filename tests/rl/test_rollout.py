import numpy as np
import pytest
import torch

from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.envs import CartPole, Pendulum
from shoestring.rl.policies import Normaliser
from shoestring.rl.rollout import collect, evaluate


def parts(environment, size=6, seed=0):
    rng = np.random.default_rng(seed)
    env = environment.build(size, rng)
    return env, ActorCritic(env.observation_space, env.action_space, torch.Generator().manual_seed(0)), rng


def test_a_rollout_is_what_happened():
    env, networks, _ = parts(CartPole(limit=30))
    actions = np.random.default_rng(1)
    rollout = collect(env, networks.policy, 100, actions)
    again, _, _ = parts(CartPole(limit=30))
    total = np.zeros(6)
    returns = []
    for t in range(100):
        assert (rollout.observation[t] == again.observation).all()
        step = again.step(rollout.action[t])
        assert (rollout.reached[t] == step.reached).all() and (rollout.reward[t] == step.reward).all()
        assert (rollout.terminated[t] == step.terminated).all() and (rollout.truncated[t] == step.truncated).all()
        assert (rollout.time[t] == total).all()
        total = np.where(step.ended, 0, total + 1)
        returns.extend(step.total[step.ended])
    assert rollout.returns.tolist() == returns and rollout.lengths.tolist() == returns
    assert rollout.truncated.any() and rollout.terminated.any() and rollout.steps == 600


def test_values_of_what_was_reached_are_not_those_of_the_reset():
    """The shortcut of evaluating each observation once must not put a reset in the place of a truncation."""
    env, networks, _ = parts(CartPole(limit=30))
    rollout = collect(env, networks.policy, 100, np.random.default_rng(1))
    calls = []

    def value(observation):
        calls.append(len(observation))
        return networks.value(observation)

    own, after = rollout.values(value)
    assert own == pytest.approx(networks.value(rollout.observation.reshape(600, -1)).reshape(100, 6), abs=1e-6)
    assert after == pytest.approx(networks.value(rollout.reached.reshape(600, -1)).reshape(100, 6), abs=1e-6)
    ended = (rollout.terminated | rollout.truncated)[:-1]
    assert (np.abs(after[:-1] - own[1:])[ended] > 1e-4).any(), "the reset is somewhere else"
    assert sum(calls) < 2 * rollout.steps


def test_actions_are_clipped_on_their_way_and_kept_as_drawn():
    env, networks, _ = parts(Pendulum())
    with torch.no_grad():
        networks.policy.log_deviation.fill_(2.0)
    rollout = collect(env, networks.policy, 50, np.random.default_rng(1))
    assert np.abs(rollout.action).max() > 2
    again, _, _ = parts(Pendulum())
    for t in range(50):
        assert (again.step(np.clip(rollout.action[t], -2, 2)).reward == rollout.reward[t]).all()


def test_a_normaliser_stays_the_same_for_a_whole_rollout():
    env, networks, _ = parts(Pendulum())
    normaliser = Normaliser(3)
    collect(env, networks.policy, 20, np.random.default_rng(1), normaliser)
    frozen = Normaliser(3)
    frozen.load_state_dict(normaliser.state_dict())
    rollout = collect(env, networks.policy, 20, np.random.default_rng(2), normaliser)
    assert normaliser.count == 2 * frozen.count == 240
    # Inside an episode what was reached is what is seen next: both went through the same normaliser.
    assert (rollout.reached[:-1] == rollout.observation[1:]).all()


def test_the_same_number_of_episodes_of_each_environment():
    env, networks, _ = parts(CartPole(limit=40), size=5)
    returns = evaluate(env, networks.policy.best, 3)
    assert returns.shape == (15,)
    with pytest.raises(ValueError, match="did not end"):
        evaluate(env, networks.policy.best, 3, max_steps=5)
