import numpy as np
import pytest

from shoestring.rl.envs import CliffWalking
from shoestring.rl.mdp import soft
from shoestring.rl.planning import policy_iteration
from shoestring.rl.tables import play
from shoestring.rl.tabular import ExpectedSarsa
from tests.rl.tabular.one_step import ONE, seen


def test_one_update_by_hand():
    agent = ExpectedSarsa(epsilon=0.2, discount=0.9).build(1, 2, 2)
    agent.q[0] = [[1.0, 2.0], [4.0, 3.0]]
    agent.observe(ONE, seen(0, 1, 10.0, 1), None)
    assert agent.q[0, 0, 1] == pytest.approx(2 + 0.5 * (10 + 0.9 * (0.9 * 4 + 0.1 * 3) - 2))
    agent.observe(ONE, seen(1, 0, 1.0, 0, terminated=True), None)
    assert agent.q[0, 1, 0] == pytest.approx(4 + 0.5 * (1 - 4))


def test_it_finds_the_best_policy_for_one_who_explores():
    """The cliff is deterministic, so a full step is exact value iteration for the epsilon-soft problem."""
    mdp, rng = CliffWalking().to_mdp(), np.random.default_rng(0)
    agent = ExpectedSarsa(step_size=1.0).build(10, 48, 4)
    rewards = [play(mdp, agent, rng).reward.mean() for _ in range(800)]
    exact = policy_iteration(soft(mdp, 0.1), 1.0).value[36]
    assert agent.q[:, 36].max(axis=1) * 0.9 + agent.q[:, 36].mean(axis=1) * 0.1 == pytest.approx(exact, rel=0.02)
    assert np.mean(rewards[-300:]) == pytest.approx(exact, rel=0.1)
