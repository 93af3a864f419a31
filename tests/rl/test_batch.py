import numpy as np
import pytest

from shoestring.rl.batch import Simulation
from shoestring.rl.spaces import Box, Discrete


class Counting:
    """The state counts from a drawn start; it ends by itself at 100."""

    observation_space, action_space, limit = Box((0.0,), (1e9,)), Discrete(2), 4

    def start(self, count, rng):
        return rng.integers(90, 99, (1, count)).astype(float)

    def advance(self, state, action):
        after = state + 1
        return after, after[0] * 10, after[0] >= 100

    def observe(self, state):
        return state.T.astype(np.float32)


def walk(env, steps):
    return [env.step(np.zeros(env.size, int)) for _ in range(steps)]


def test_what_is_reached_is_kept_although_the_environment_is_reset():
    """The value of a truncated episode is taken from ``reached``; the first observation of the next would be wrong."""
    env = Simulation(Counting(), 200, np.random.default_rng(0))
    for _ in range(20):
        before = env.observation.copy()
        step = env.step(np.zeros(200, int))
        assert (step.reached == before + 1).all()
        assert (env.observation[~step.ended] == step.reached[~step.ended]).all()
        assert (env.observation[step.ended] < 99).all()


def test_the_limit_truncates_only_what_did_not_end_by_itself():
    env = Simulation(Counting(), 500, np.random.default_rng(0))
    steps = walk(env, 4)
    last = steps[-1]
    assert last.truncated.any() and last.terminated.any()
    assert not any((step.truncated & step.terminated).any() for step in steps)
    assert (last.terminated[last.reached[:, 0] == 100]).all()
    assert not any(step.truncated.any() for step in steps[:3])
    assert (last.length[last.truncated] == 4).all()


def test_totals_are_the_returns_of_episodes():
    env = Simulation(Counting(), 50, np.random.default_rng(0))
    running = np.zeros(50)
    for step in walk(env, 25):
        running += step.reward
        assert (step.total == running).all()
        running[step.ended] = 0


def test_it_goes_on_from_its_state_bit_for_bit():
    rng = np.random.default_rng(0)
    env = Simulation(Counting(), 30, rng)
    walk(env, 7)
    state, position = env.state_dict(), rng.bit_generator.state
    expected = [(step.reached, step.total, step.ended) for step in walk(env, 30)]
    rng.bit_generator.state = position
    again = Simulation(Counting(), 30, np.random.default_rng(5))
    again._rng = rng
    again.load_state_dict(state)
    for (reached, total, ended), step in zip(expected, walk(again, 30), strict=True):
        assert (reached == step.reached).all() and (total == step.total).all() and (ended == step.ended).all()


def test_a_state_of_another_size_is_refused():
    env = Simulation(Counting(), 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="does not fit 3"):
        env.load_state_dict(Simulation(Counting(), 4, np.random.default_rng(0)).state_dict())
