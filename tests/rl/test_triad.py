import itertools

import numpy as np
import pytest

from shoestring.rl.triad import (
    Learners,
    Legs,
    drift,
    expected_updates,
    growth,
    successors,
    value_error,
)

ALL = Legs()
REMOVED = [Legs(bootstraps=False), Legs(off_policy=False), Legs(approximates=False)]
NAMES = ["bootstrapping", "off-policy", "approximation"]


def errors(legs, steps=4_000, seeds=6):
    agent, rng = Learners(legs, seeds, 0.05, 0.9), np.random.default_rng(0)
    for _ in range(steps):
        agent.step(rng)
    return agent.error() / value_error(legs, legs.first)


def test_expected_updates_diverge_with_all_three_legs():
    *_, last = expected_updates(ALL, 0.01, 0.99, 5_000)
    assert last == pytest.approx(
        np.linalg.matrix_power(np.eye(8) - 0.01 * drift(ALL, 0.99), 5_000) @ ALL.first, rel=1e-6
    )
    assert growth(drift(ALL, 0.99), 0.01) > 1
    assert value_error(ALL, last) > 10 * value_error(ALL, ALL.first)


@pytest.mark.parametrize("legs", REMOVED, ids=NAMES)
def test_expected_updates_converge_without_any_one(legs):
    assert growth(drift(legs, 0.99), 0.01) <= 1 + 1e-12
    matrix = np.eye(len(legs.first)) - 0.01 * drift(legs, 0.99)
    last = np.linalg.matrix_power(matrix, 10_000_000) @ legs.first
    assert value_error(legs, last) < 1e-2 * value_error(legs, legs.first)


def test_samples_diverge_with_all_three_legs():
    assert (errors(ALL) > 3).all()


@pytest.mark.parametrize("legs", REMOVED, ids=NAMES)
def test_samples_converge_without_any_one(legs):
    assert (errors(legs) < 1).all()


def test_the_expected_update_is_the_mean_of_the_sampled_ones():
    """Every pair of state and action once, weighted by how often it comes, for the loop's own arithmetic."""
    for legs in (ALL, *REMOVED):
        visited, mean = successors(legs.behaviour), np.zeros_like(legs.first)
        for state, action, successor in itertools.product(range(7), range(2), range(7)):
            chance = visited[state] * legs.behaviour[action] * successors(np.eye(2)[action])[successor]
            x, w = legs.features, legs.first
            ratio = legs.target[action] / legs.behaviour[action]
            error = ratio * (0.99 * w @ x[successor] - w @ x[state]) if legs.bootstraps else -w @ x[state]
            mean += chance * error * x[state]
        assert mean == pytest.approx(-drift(legs, 0.99) @ legs.first, abs=1e-12)


def test_sampled_steps_follow_the_book_s_rule():
    agent, rng = Learners(ALL, 1, 0.01, 0.99), np.random.default_rng(3)
    for _ in range(40):
        before, state = agent.weights[0].copy(), int(agent.state[0])
        agent.step(rng)
        solid = agent.state[0] == 6
        x = ALL.features
        error = (7.0 if solid else 0.0) * (0.99 * before @ x[agent.state[0]] - before @ x[state])
        assert agent.weights[0] == pytest.approx(before + 0.01 * error * x[state])


def test_diverged_weights_stay_finite():
    agent, rng = Learners(ALL, 3, 0.5, 0.99), np.random.default_rng(0)
    for _ in range(3_000):
        agent.step(rng)
    assert agent.diverged.all() and np.isfinite(agent.weights).all()


def test_a_state_of_another_size_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        Learners(ALL, 2, 0.1, 0.9).load_state_dict(Learners(ALL, 3, 0.1, 0.9).state_dict())
