import numpy as np
import pytest

from shoestring.rl.envs import CliffWalking, DeepSea, FrozenLake
from shoestring.rl.planning import value_iteration
from shoestring.rl.tables import Transition, play
from shoestring.rl.tabular import QLearning
from tests.rl.tabular.one_step import ONE, seen


def test_one_update_by_hand():
    agent = QLearning(step_size=0.5, discount=0.9).build(1, 2, 2)
    agent.q[0] = [[1.0, 2.0], [4.0, 3.0]]
    agent.observe(ONE, seen(0, 1, 10.0, 1), None)
    assert agent.q[0, 0, 1] == pytest.approx(2 + 0.5 * (10 + 0.9 * 4 - 2))
    agent.observe(ONE, seen(1, 1, 10.0, 0, terminated=True), None)
    assert agent.q[0, 1, 1] == pytest.approx(3 + 0.5 * (10 - 3))
    agent.q[0] = [[1.0, 2.0], [4.0, 3.0]]
    agent.observe(ONE, seen(1, 1, 10.0, 0, truncated=True), None)
    assert agent.q[0, 1, 1] == pytest.approx(3 + 0.5 * (10 + 0.9 * 2 - 3)), "a time limit is no end"


def test_with_falling_steps_it_converges_to_the_optimal_values():
    mdp, rng = FrozenLake().to_mdp(), np.random.default_rng(0)
    exact = mdp.action_values(value_iteration(mdp, 0.9).value, 0.9)
    alive = np.flatnonzero(~mdp.terminated[:, 0, 0] | (mdp.probability[:, 0, 0] < 1))
    agent = QLearning(step_size=1.0, decay=0.7, discount=0.9).build(100, 16, 4)
    errors = []
    for step in range(1, 12_001):
        state, action = rng.choice(alive, 100), rng.integers(4, size=100)
        after = mdp.sample(state, action, rng)
        agent.observe(np.arange(100), Transition(state, action, after[1], after[0], after[2], after[2] & False), rng)
        if step in (1_000, 12_000):
            errors.append(np.abs(agent.q.mean(axis=0) - exact)[alive].max())
    assert errors[1] < errors[0] / 2 and errors[1] < 0.045


def test_optimism_finds_the_treasure_that_chance_does_not():
    """In about size squared episodes, where a random walk needs 2 to the power of size."""
    mdp, rng = DeepSea(size=8).to_mdp(), np.random.default_rng(0)
    agent = QLearning(step_size=1.0, epsilon=0.0, initial=1.0).build(20, 64, 2)
    found = np.zeros(20, bool)
    for _ in range(130):
        found |= play(mdp, agent, rng).reward > 0.5
    assert found.all()
    greedy = QLearning(step_size=1.0, epsilon=0.1).build(20, 64, 2)
    lucky = sum((play(mdp, greedy, rng).reward > 0.5).any() for _ in range(130))
    assert lucky < 10


def test_on_the_cliff_it_learns_the_edge():
    mdp, rng = CliffWalking().to_mdp(), np.random.default_rng(0)
    agent = QLearning().build(5, 48, 4)
    for _ in range(300):
        play(mdp, agent, rng)
    # The greedy path from the start along the edge: up, right eleven times, down.
    path = [36, *range(24, 36)]
    assert (agent.q[:, path].argmax(axis=2) == [0, *[1] * 11, 2]).all()
