"""Every estimator against its exact expectation, and the exact formulas against sums over all that can happen."""

from dataclasses import replace

import numpy as np
import pytest

from shoestring.rl.envs import FrozenLake
from shoestring.rl.laboratory import Trial, bench, estimators, evolution_gradient, natural
from shoestring.rl.mdp import from_outcomes
from shoestring.rl.planning import evaluate, policy_gradient, softmax
from shoestring.rl.prediction import Episodes, sample_episodes

DISCOUNT = 0.9
METHODS = estimators((0.0, 0.6, 1.0), (1, 3))


def small(seed=0, states=5, actions=3):
    """Random transitions and rewards; every step ends the episode with probability .25 at least."""
    rng = np.random.default_rng(seed)

    def outcomes(s, a):
        share = 0.75 * rng.dirichlet(np.ones(states))
        return [(p, t, float(rng.normal()), False) for t, p in enumerate(share)] + [
            (0.25, s, float(rng.normal()), True)
        ]

    mdp = from_outcomes(states, actions, outcomes, np.array([0.5, 0.5, 0, 0, 0]))
    return bench(mdp, rng.normal(size=(states, actions)), DISCOUNT, 0.7, rng)


@pytest.fixture(scope="module")
def known():
    return small()


@pytest.fixture(scope="module")
def trial(known):
    return Trial(known, sample_episodes(known.mdp, known.policy, 400 * 20, np.random.default_rng(1)), 400)


def test_the_exact_gradient_equals_finite_differences(known):
    def objective(logits):
        return known.mdp.start @ evaluate(known.mdp, softmax(logits), DISCOUNT)

    numeric = np.zeros_like(known.logits)
    for at in np.ndindex(known.logits.shape):
        step = np.zeros_like(known.logits)
        step[at] = 1e-5
        numeric[at] = (objective(known.logits + step) - objective(known.logits - step)) / 2e-5
    assert known.gradient == pytest.approx(numeric, abs=1e-8)


@pytest.mark.parametrize("trace", [0.0, 0.6, 1.0])
def test_expected_generalised_advantages_are_the_sum_of_n_step_ones(known, trace):
    weights = [(1 - trace) * trace**n for n in range(400)]
    weights[-1] = trace**399
    expected = sum(weight * known.n_step(n + 1) for n, weight in enumerate(weights) if weight)
    assert known.traced(trace) == pytest.approx(expected, abs=1e-9)


def test_expected_n_step_advantages_are_the_obvious_recursion(known):
    def after(state, steps):
        if not steps:
            return known.critic[state]
        return sum(known.policy[state, a] * taking(state, a, steps) for a in range(3))

    def taking(state, action, steps):
        k = range(known.mdp.probability.shape[2])
        return sum(
            known.mdp.probability[state, action, i]
            * (
                known.mdp.reward[state, action, i]
                + (0 if known.mdp.terminated[state, action, i] else DISCOUNT)
                * after(known.mdp.successor[state, action, i], steps - 1)
            )
            for i in k
        )

    for state, action in [(0, 0), (3, 2)]:
        assert known.n_step(2)[state, action] == pytest.approx(taking(state, action, 2) - known.critic[state])


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_estimator_has_its_exact_expectation(known, trial, method):
    """Its bias lies within the sampling interval of the analytic one: no noise is left over, and no bias hidden."""
    found = trial.gradient(method.coefficient(trial)).reshape(400, -1)
    expected = method.expected(known).reshape(-1)
    distance = np.square(found.mean(axis=0) - expected).sum()
    # The squared distance of a right mean is the variance of the mean, with a spread that depends on the correlations.
    own = np.cov(found.T) / 400
    assert distance < np.trace(own) + 4 * np.sqrt(2 * np.square(own).sum())


def test_unbiased_estimators_are_called_so_and_biased_ones_are_not(known):
    off = {m.name: np.abs(m.expected(known) - known.gradient).max() for m in METHODS}
    unbiased = {name for name, gap in off.items() if gap < 1e-12}
    assert unbiased == {"REINFORCE, whole return", "REINFORCE, return to come", "REINFORCE, baseline", "lambda = 1"}
    assert min(gap for name, gap in off.items() if name not in unbiased) > 1e-4


def test_a_right_critic_leaves_no_bias_except_that_of_the_state_weights(known):
    exact = replace(known, critic=evaluate(known.mdp, known.policy, DISCOUNT))
    for method in METHODS:
        gap = np.abs(method.expected(exact) - exact.gradient).max()
        assert (gap > 1e-3) if "without" in method.name else (gap < 1e-12), method.name


def test_the_gradient_of_one_episode_by_hand(known):
    episodes = Episodes(
        state=np.array([[0], [2], [4]]), action=np.array([[1], [0], [2]]), reward=np.array([[1.0], [2.0], [0.0]]),
        length=np.array([2]),
    )  # fmt: skip
    trial = Trial(known, episodes, 1)
    expected = np.zeros((5, 3))
    expected[0] = 2.8 * (np.eye(3)[1] - known.policy[0])
    expected[2] = 0.9 * 2.0 * (np.eye(3)[0] - known.policy[2])
    assert trial.gradient(trial.weight * trial.returns)[0] == pytest.approx(expected)
    assert trial.visits()[0] == pytest.approx([1, 0, 0.9, 0, 0])


def test_the_natural_direction_solves_the_fisher_system(known):
    found = natural(known.policy, known.gradient, known.visits, 0.3)
    fisher = np.zeros((15, 15))
    for s, a in np.ndindex(5, 3):
        score = np.zeros((5, 3))
        score[s] = np.eye(3)[a] - known.policy[s]
        fisher += known.visits[s] * known.policy[s, a] * np.outer(score, score)
    expected = np.linalg.solve(fisher + 0.3 * np.eye(15), known.gradient.reshape(-1))
    assert found.reshape(-1) == pytest.approx(expected)


def test_evolution_strategies_estimate_the_smoothed_gradient(known):
    rng, sigma = np.random.default_rng(2), 0.4
    found, steps = evolution_gradient(known, 60, 200, sigma, rng)
    noise = rng.standard_normal((3_000, *known.logits.shape))
    smoothed = np.mean([policy_gradient(known.mdp, known.logits + sigma * n, DISCOUNT) for n in noise], axis=0)
    error = found.std(axis=0, ddof=1) / 60**0.5
    assert steps > 60 * 200 * 2
    assert (np.abs(found.mean(axis=0) - smoothed) < 4.5 * error).all()


def test_an_episode_that_never_ends_is_refused():
    lake = FrozenLake().to_mdp()
    endless = from_outcomes(2, 1, lambda s, a: [(1.0, 1 - s, 1.0, False)], 0)
    with pytest.raises(ValueError, match="never end"):
        bench(endless, np.zeros((2, 1)), 0.9, 0.0, np.random.default_rng(0))
    assert bench(lake, np.zeros((16, 4)), 0.9, 0.0, np.random.default_rng(0)).plain_visits.sum() > 5
