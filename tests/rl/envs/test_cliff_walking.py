import numpy as np
import pytest

from shoestring.rl.envs.cliff_walking import CliffWalking
from shoestring.rl.mdp import soft
from shoestring.rl.planning import evaluate, policy_iteration, value_iteration

START = 36
MDP = CliffWalking().to_mdp()


@pytest.mark.parametrize(("discount", "value"), [(0.99, -12.247898), (1.0, -13.0)])
def test_the_shortest_way(discount, value):
    solved = value_iteration(MDP, discount)
    assert solved.value[START] == pytest.approx(value, abs=5e-7) and solved.sweeps == 15


def test_a_random_walk_falls_often():
    assert evaluate(MDP, np.full((48, 4), 0.25), 0.99)[START] == pytest.approx(-1072.236, abs=5e-4)


@pytest.mark.parametrize(
    ("epsilon", "edge", "safe"), [(0.1, -50.8, -20.708), (0.05, -29.893, -17.519), (0.01, -16.105, -15.441)]
)
def test_what_q_learning_and_sarsa_aim_at(epsilon, edge, safe):
    """Exploring around the shortest way against the best way for one who explores (the figure of example 6.6)."""
    q = MDP.action_values(value_iteration(MDP, 1.0).value, 1.0).round(9)
    # Off the shortest way several actions are equally good; each of them is taken as often.
    best = q == q.max(axis=1, keepdims=True)
    along = best / best.sum(axis=1, keepdims=True) * (1 - epsilon) + epsilon / 4
    assert evaluate(MDP, along, 1.0)[START] == pytest.approx(edge, abs=5e-4)
    away = policy_iteration(soft(MDP, epsilon), 1.0)
    assert away.value[START] == pytest.approx(safe, abs=5e-4)


def test_the_safe_way_without_exploring_takes_fifteen_or_more_steps():
    away = policy_iteration(soft(MDP, 0.1), 1.0).action
    state, steps, reward = START, 0, 0.0
    while steps < 30:
        outcome = MDP.successor[state, away[state], 0], MDP.reward[state, away[state], 0]
        reward, steps = reward + outcome[1], steps + 1
        if MDP.terminated[state, away[state], 0]:
            break
        state = outcome[0]
    assert (steps, reward) == (15, -15.0)
