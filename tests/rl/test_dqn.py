from dataclasses import replace

import numpy as np
import pytest
import torch

from shoestring.core import checkpoint
from shoestring.core.errors import ConfigError
from shoestring.rl.batch import Simulation
from shoestring.rl.deep_q import C51, DoubleSelection, DuelingStreams, Prioritised
from shoestring.rl.dqn import DQN
from shoestring.rl.envs import CartPole, Pendulum
from shoestring.rl.replay import Transitions
from tests.contracts.test_rollout_methods import Choice

PARTS = {
    "plain": {},
    "double": {"selection": DoubleSelection()},
    "dueling": {"streams": DuelingStreams()},
    "n-step": {"steps": 3},
    "prioritised": {"sampling": Prioritised()},
    "c51": {"values": C51(atoms=11, high=2.0)},
    "all": {
        "selection": DoubleSelection(), "streams": DuelingStreams(), "steps": 3, "sampling": Prioritised(),
        "values": C51(atoms=11, high=2.0),
    },
}  # fmt: skip
every_part = pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS.keys())


def build(settings, env, seed=0):
    return settings.build(env.observation_space, env.action_space, torch.Generator().manual_seed(seed))


def batch(rng, rows=16):
    seen, reached = rng.standard_normal((2, rows, 4)).astype(np.float32)
    reward, discount = rng.random((2, rows)).astype(np.float32)
    discount[::3] = 0.0
    return Transitions(seen, rng.integers(2, size=rows), reward, discount, reached)


@every_part
def test_the_gradient_is_that_of_autograd(parts):
    """The loss written out in torch with a target that is held fixed; values and gradients."""
    rng = np.random.default_rng(0)
    agent = build(DQN(hidden=(8, 8), **parts), CartPole().build(1, rng))
    agent.target[:] = agent.flat + 0.3 * rng.standard_normal(len(agent.flat)).astype(np.float32)
    rows, weight = batch(rng), rng.random(16).astype(np.float32)
    wrong, _ = agent.fill_gradient(rows, weight)
    found, own = agent._gradient.copy(), agent.flat.copy()

    net, values = agent.network, agent.network.values
    agent.flat[:] = agent.target
    with torch.no_grad():
        theirs = net(torch.from_numpy(rows.reached))
        parts_then = torch.from_numpy(net.parts(agent._layers, rows.reached)[0])
    agent.flat[:] = own
    chooser = net(torch.from_numpy(rows.reached)) if "selection" in parts else theirs
    chosen = chooser.argmax(dim=1).numpy()
    every = np.arange(16)
    target = torch.from_numpy(values.target(parts_then[every, chosen].numpy(), rows.reward, rows.discount))
    outputs = net.net(torch.from_numpy(rows.observation)).reshape(16, -1, values.width)
    if "streams" in parts:
        outputs = outputs[:, :1] + outputs[:, 1:] - outputs[:, 1:].mean(dim=1, keepdim=True)
    predicted = outputs[every, rows.action]
    if "values" in parts:
        loss = torch.nn.functional.cross_entropy(predicted, target, reduction="none")
    else:
        loss = torch.nn.functional.huber_loss(predicted, target, reduction="none")[:, 0]
        assert wrong == pytest.approx((predicted - target).abs()[:, 0].detach().numpy(), abs=1e-5)
    net.zero_grad()
    expected = torch.autograd.grad((torch.from_numpy(weight) * loss).mean(), list(net.parameters()))
    assert found == pytest.approx(np.concatenate([g.numpy().reshape(-1) for g in expected]), abs=1e-5)


@every_part
def test_it_learns_what_pays(parts):
    rng = np.random.default_rng(0)
    env = Simulation(Choice(), 16, rng)
    settings = DQN(
        hidden=(16,), learning_rate=1e-2, anneal=False, discount=0.5, capacity=2_000, target_every=20, **parts
    )
    agent = build(settings, env)
    right = []
    for t in range(150):
        seen = env.observation
        action = agent.act(seen, rng, t / 150)
        step = env.step(action)
        agent.observe(seen, action, step)
        right.append(step.reward.mean())
        if t > 10:
            agent.learn(rng, t / 150)
    assert np.mean(right[-40:]) > 0.85, "chance is .5, and 4 % are random"


@every_part
def test_it_goes_on_from_its_state_bit_for_bit(parts):
    rng = np.random.default_rng(0)
    env = CartPole().build(4, rng)
    settings = DQN(hidden=(8,), capacity=60, batch=8, target_every=3, **parts)
    first, second = build(settings, env), build(settings, env, seed=1)
    for _ in range(30):
        seen = env.observation
        action = first.act(seen, rng, 0.0)
        first.observe(seen, action, env.step(action))
    second.load_state_dict(checkpoint.unflatten(*checkpoint.flatten(first.state_dict())))
    again = np.random.default_rng()
    again.bit_generator.state = rng.bit_generator.state
    figures = [[agent.learn(draws, 0.5) for _ in range(7)] for agent, draws in ((first, rng), (second, again))]
    assert figures[0] == figures[1] and (first.flat == second.flat).all() and (first.target == second.target).all()


def test_the_target_network_follows_only_when_it_is_due():
    rng = np.random.default_rng(0)
    env = CartPole().build(4, rng)
    agent = build(DQN(target_every=3, batch=4, hidden=(8,)), env)
    for _ in range(5):
        seen = env.observation
        action = agent.act(seen, rng, 1.0)
        agent.observe(seen, action, env.step(action))
    first = agent.target.copy()
    for step in range(1, 7):
        agent.learn(rng, 0.0)
        if step % 3:
            assert (agent.target != agent.flat).any() and (step > 3 or (agent.target == first).all())
        else:
            assert (agent.target == agent.flat).all()


def test_with_the_run_the_steps_shrink_to_nothing():
    rng = np.random.default_rng(0)
    env = CartPole().build(4, rng)
    moved = []
    for progress, anneal in ((0.0, True), (0.999, True), (0.999, False)):
        agent = build(DQN(batch=4, hidden=(8,), anneal=anneal), env)
        action = agent.act(env.observation, rng, 0.0)
        agent.observe(env.observation, action, env.step(action))
        before = agent.flat.copy()
        agent.learn(rng, progress)
        moved.append(np.abs(agent.flat - before).max())
    assert moved[1] < 0.01 * moved[0] and moved[2] > 0.5 * moved[0]


def test_random_actions_become_rarer():
    env = CartPole().build(4_000, np.random.default_rng(0))
    agent = build(DQN(epsilon=0.1, epsilon_share=0.5, hidden=(8,)), env)
    best = agent.network.best(env.observation)
    for progress, epsilon in ((0.0, 1.0), (0.25, 0.55), (0.5, 0.1), (1.0, 0.1)):
        other = (agent.act(env.observation, np.random.default_rng(1), progress) != best).mean()
        assert other == pytest.approx(epsilon / 2, abs=0.03)


def test_a_box_of_actions_is_refused_with_what_to_take_instead():
    with pytest.raises(ConfigError, match="discrete.*ppo"):
        build(DQN(), Pendulum().build(1, np.random.default_rng(0)))


@pytest.mark.parametrize("settings", [{"discount": 1.5}, {"steps": 0}, {"target_every": 0}, {"epsilon_share": 0.0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        replace(DQN(), **settings)
