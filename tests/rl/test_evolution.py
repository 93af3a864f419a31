import numpy as np
import pytest
import torch

from shoestring.rl.envs import CartPole, Pendulum
from shoestring.rl.evolution import Evolution, centred_ranks, compete, estimate, population_forward
from shoestring.rl.nets import as_layers, numpy_forward

RNG = np.random.default_rng(0)


CART = CartPole()


def agent(environment=CART, **settings):
    spaces = environment.observation_space, environment.action_space
    return Evolution(**settings).build(*spaces, torch.Generator().manual_seed(0))


def test_the_estimate_is_the_sum_of_the_formula():
    direction, forwards, backwards = RNG.standard_normal((9, 4)), RNG.standard_normal(9), RNG.standard_normal(9)
    expected = np.zeros(4)
    for epsilon, plus, minus in zip(direction, forwards, backwards, strict=True):
        # Both members of a pair are samples of F(theta + sigma e) e, the second with -e.
        expected += (plus * epsilon + minus * -epsilon) / (2 * 9 * 0.3)
    assert estimate(direction, forwards, backwards, 0.3) == pytest.approx(expected, rel=1e-5)


def test_on_a_linear_function_the_mean_of_estimates_is_its_slope():
    slope, direction = np.array([2.0, -1.0, 0.5]), RNG.standard_normal((60_000, 3))
    found = estimate(direction, 7 + 0.1 * direction @ slope, 7 - 0.1 * direction @ slope, 0.1)
    assert found == pytest.approx(slope, abs=0.03)


def test_ranks_keep_only_the_order():
    assert centred_ranks(np.array([3.0, 1e9, -5.0, 3.0, 0.0])) == pytest.approx([0.125, 0.5, -0.5, 0.125, -0.25])
    assert centred_ranks(np.full((2, 3), 4.0)).tolist() == [[0.0] * 3] * 2


def test_a_population_computes_what_each_member_would_alone():
    found = agent(hidden=(5,))
    members, seen = found.members(found.ask(RNG)), RNG.standard_normal((64, 4)).astype(np.float32)
    together = population_forward(members, found.layers, seen)
    alone = [numpy_forward(as_layers(m, found.layers), x[None])[0][0] for m, x in zip(members, seen, strict=True)]
    assert together == pytest.approx(np.array(alone), abs=1e-5)


def test_members_come_in_mirrored_pairs():
    found = agent(pairs=3, sigma=0.2)
    members = found.members(found.ask(RNG))
    assert members[:3] + members[3:] == pytest.approx(np.tile(2 * found.flat, (3, 1)), abs=1e-5)
    assert (members[:3] - found.flat).std() == pytest.approx(0.2, rel=0.3)


@pytest.mark.parametrize("environment", [CartPole(limit=40), Pendulum(limit=15)], ids=lambda env: env.kind)
def test_each_member_is_judged_by_its_own_first_episode(environment):
    found = agent(environment, pairs=4, sigma=0.5)
    members = found.members(found.ask(np.random.default_rng(1)))
    total, length = compete(environment.build(8, np.random.default_rng(2)), members, found.layers)
    env = environment.build(8, np.random.default_rng(2))
    first = {}
    for _ in range(40):
        outputs = [
            numpy_forward(as_layers(m, found.layers), x[None])[0][0]
            for m, x in zip(members, env.observation, strict=True)
        ]
        discrete = isinstance(environment, CartPole)
        step = env.step(
            np.array([o.argmax() for o in outputs]) if discrete else env.action_space.clip(np.array(outputs))
        )
        for index in np.flatnonzero(step.ended):
            first.setdefault(int(index), (step.total[index], step.length[index]))
    assert total == pytest.approx([first[i][0] for i in range(8)], abs=1e-4)
    assert length.tolist() == [first[i][1] for i in range(8)]
    with pytest.raises(ValueError, match="did not end within 3"):
        compete(environment.build(8, np.random.default_rng(2)), members, found.layers, max_steps=3)


def test_it_ascends_and_weights_decay():
    found = agent(decay=0.0, pairs=64)
    goal = found.flat + 1
    for _ in range(60):
        offset = found.ask(RNG)
        found.tell(offset, -np.square(found.members(offset) - goal).sum(axis=1))
    assert np.abs(found.flat - goal).mean() < 0.2
    before = np.abs(found.flat).sum()
    lazy = agent(decay=1.0)
    lazy.flat[:] = found.flat
    lazy.tell(lazy.ask(RNG), np.zeros(64))
    assert np.abs(lazy.flat).sum() < before


@pytest.mark.parametrize("settings", [{"sigma": 0.0}, {"pairs": 0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match="sigma.*pairs"):
        Evolution(**settings)
