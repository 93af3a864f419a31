import numpy as np
import pytest

from shoestring.rl.envs import CliffWalking, FrozenLake
from shoestring.rl.mdp import from_outcomes
from shoestring.rl.planning import (
    evaluate,
    evaluate_by_sweeps,
    finite_horizon,
    horizon_value,
    occupancy,
    policy_gradient,
    policy_iteration,
    softmax,
    value_iteration,
)


def random_mdp(seed, states=7, actions=3, width=3):
    rng = np.random.default_rng(seed)
    odds = rng.dirichlet(np.ones(width), (states, actions))
    to, reward = rng.integers(states, size=(states, actions, width)), rng.normal(size=(states, actions, width))
    ends = rng.random((states, actions, width)) < 0.15
    return from_outcomes(
        states, actions, lambda s, a: list(zip(odds[s, a], to[s, a], reward[s, a], ends[s, a], strict=True)),
        rng.dirichlet(np.ones(states)),
    )  # fmt: skip


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_sweeps_and_the_linear_solve_agree(seed, in_place):
    mdp = random_mdp(seed)
    policy = np.random.default_rng(seed).dirichlet(np.ones(3), 7)
    value, sweeps = evaluate_by_sweeps(mdp, policy, 0.9, in_place=in_place)
    assert value == pytest.approx(evaluate(mdp, policy, 0.9), abs=1e-10) and sweeps > 10


@pytest.mark.parametrize("order", ["synchronous", "gauss-seidel", "prioritised"])
@pytest.mark.parametrize("seed", range(3))
def test_every_order_of_value_iteration_finds_what_policy_iteration_finds(seed, order):
    mdp = random_mdp(seed)
    exact = policy_iteration(mdp, 0.95)
    found = value_iteration(mdp, 0.95, order=order)
    assert found.value == pytest.approx(exact.value, abs=1e-9) and (found.action == exact.action).all()


def test_asynchronous_orders_need_fewer_backups():
    mdp = FrozenLake().to_mdp()
    sweeps = [
        value_iteration(mdp, 0.99, order=order).sweeps for order in ("synchronous", "gauss-seidel", "prioritised")
    ]
    assert sweeps == sorted(sweeps, reverse=True) and len(set(sweeps)) == 3


def test_values_never_fall_from_one_policy_to_the_next():
    history = policy_iteration(FrozenLake().to_mdp(), 0.99).history
    assert all((after >= before - 1e-12).all() for before, after in zip(history, history[1:], strict=False))


def test_equally_good_actions_do_not_make_policy_iteration_cycle():
    mdp = from_outcomes(2, 2, lambda s, a: [(1.0, 1 - s, 0.1 + 0.2 if a else 0.3, False)], 0)
    assert policy_iteration(mdp, 0.9).sweeps <= 2


def test_the_error_of_value_iteration_shrinks_by_the_discount():
    mdp = FrozenLake().to_mdp()
    exact = policy_iteration(mdp, 0.9).value
    value, errors = np.zeros(16), []
    for _ in range(60):
        value = mdp.action_values(value, 0.9).max(axis=1)
        errors.append(np.abs(value - exact).max())
    assert all(after <= 0.9 * before + 1e-15 for before, after in zip(errors, errors[1:], strict=False))


def test_a_policy_that_never_ends_has_no_undiscounted_value():
    mdp = CliffWalking().to_mdp()
    with pytest.raises(ValueError, match="never ends"):
        evaluate(mdp, np.eye(4)[np.zeros(48, int)], 1.0)


def test_a_horizon_is_what_as_many_backups_give():
    mdp = from_outcomes(2, 2, lambda s, a: [(1.0, a, float(s), False)], 0)
    assert [finite_horizon(mdp, steps) for steps in range(4)] == [0, 0, 1, 2]


def test_a_policy_within_a_horizon_is_the_sum_of_its_expected_rewards():
    mdp, policy = random_mdp(6), np.full((7, 3), 1 / 3)
    matrix, reward = mdp.chain(policy)
    here, total = mdp.start.copy(), 0.0
    for steps in range(5):
        assert horizon_value(mdp, policy, steps) == pytest.approx(total, abs=1e-12)
        total, here = total + here @ reward, here @ matrix


def test_visits_are_the_sum_over_time():
    mdp, policy = random_mdp(4), np.full((7, 3), 1 / 3)
    matrix, _ = mdp.chain(policy)
    here, expected = mdp.start.copy(), np.zeros(7)
    for t in range(400):
        expected += 0.9**t * here
        here = here @ matrix
    assert occupancy(mdp, policy, 0.9) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("discount", [0.0, 0.9])
def test_the_policy_gradient_equals_finite_differences(discount):
    mdp, logits = random_mdp(5), np.random.default_rng(5).normal(size=(7, 3))
    numeric, h = np.zeros_like(logits), 1e-5
    for index in np.ndindex(*logits.shape):
        values = []
        for sign in (1, -1):
            moved = logits.copy()
            moved[index] += sign * h
            values.append(mdp.start @ evaluate(mdp, softmax(moved), discount))
        numeric[index] = (values[0] - values[1]) / (2 * h)
    assert policy_gradient(mdp, logits, discount) == pytest.approx(numeric, abs=1e-8)
