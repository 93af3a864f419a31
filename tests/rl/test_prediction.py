import numpy as np
import pytest

from shoestring.rl.envs import Blackjack, RandomWalk
from shoestring.rl.envs.blackjack import state as hand
from shoestring.rl.mdp import from_outcomes
from shoestring.rl.planning import evaluate
from shoestring.rl.prediction import (
    Episodes,
    importance_ratios,
    monte_carlo,
    n_step_td,
    ordinary_importance_sampling,
    sample_episodes,
    td_lambda,
    weighted_importance_sampling,
)

WALK = RandomWalk(length=19, left=-1.0)
MDP = WALK.to_mdp()
ALWAYS = np.ones((19, 1))
STEP_SIZES = {1: (0.7, 0.9), 4: (0.3, 0.4, 0.5), 64: (0.05, 0.1, 0.2)}
"""Around the best of each n."""


@pytest.fixture
def episodes():
    return sample_episodes(MDP, ALWAYS, 6, np.random.default_rng(0))


@pytest.fixture
def value():
    return np.random.default_rng(1).normal(size=(6, 19))


def test_episodes_follow_the_walk_and_end(episodes):
    for run in range(6):
        path = episodes.state[: episodes.length[run], run]
        assert path[0] == 9 and (np.abs(np.diff(path)) == 1).all() and path[-1] in (0, 18)
        assert episodes.reward[:, run].sum() == (1 if path[-1] == 18 else -1)
    assert (episodes.returns(1.0)[0] == episodes.reward.sum(axis=0)).all()


def test_monte_carlo_averages_returns():
    episodes = Episodes(
        np.array([[0], [1], [0]]), np.zeros((3, 1), int), np.array([[1.0], [2.0], [4.0]]), np.array([3])
    )
    zero = np.zeros((1, 2))
    first, count = monte_carlo(zero, zero, episodes, 1.0, "first")
    assert first.tolist() == [[7, 6]] and count.tolist() == [[1, 1]]
    every, count = monte_carlo(zero, zero, episodes, 1.0, "every")
    assert every.tolist() == [[5.5, 6]] and count.tolist() == [[2, 1]]


@pytest.mark.parametrize("n", [1, 3, 8])
def test_n_step_td_equals_the_book_s_loop(episodes, value, n):
    expected = value.copy()
    for run in range(6):
        v, end = expected[run], int(episodes.length[run])
        for t in range(end + n):
            tau = t - n + 1
            if 0 <= tau < end:
                g = sum(0.9**k * episodes.reward[tau + k, run] for k in range(min(n, end - tau)))
                if tau + n < end:
                    g += 0.9**n * v[episodes.state[tau + n, run]]
                v[episodes.state[tau, run]] += 0.2 * (g - v[episodes.state[tau, run]])
    found = n_step_td(value, episodes, step_size=0.2, discount=0.9, n=n)
    assert found == pytest.approx(expected, abs=1e-12)


def online_lambda_return(value, states, rewards, *, step_size, discount, trace):
    """At every horizon h, all updates of the episode so far are done again with the truncated lambda-returns."""
    history = [value.copy()]  # Values after the updates up to each horizon.
    for h in range(1, len(states) + 1):
        v = value.copy()
        for t in range(h):
            # G_{t:h}^lambda; the value reached after k steps is taken from the pass with horizon t + k - 1.
            g, total = 0.0, 0.0
            for k in range(1, h - t + 1):
                total += discount ** (k - 1) * rewards[t + k - 1]
                reached = 0.0 if t + k == len(states) else history[t + k - 1][states[t + k]]
                n_step = total + discount**k * reached
                g += (trace ** (k - 1) if k == h - t else (1 - trace) * trace ** (k - 1)) * n_step
            v[states[t]] += step_size * (g - v[states[t]])
        history.append(v)
    return history[-1]


@pytest.mark.parametrize(("trace", "discount"), [(0.0, 1.0), (0.7, 0.95), (0.9, 1.0), (1.0, 1.0)])
def test_true_online_td_is_the_online_lambda_return(trace, discount):
    walk = RandomWalk(length=7)
    mdp = walk.to_mdp()
    episodes = sample_episodes(mdp, np.ones((7, 1)), 8, np.random.default_rng(3))
    value = np.random.default_rng(1).normal(size=(8, 7))
    found = td_lambda(value, episodes, step_size=0.3, discount=discount, trace=trace, traces="dutch")
    for run in range(8):
        end = episodes.length[run]
        path, reward = episodes.state[:end, run], episodes.reward[:end, run]
        expected = online_lambda_return(value[run], path, reward, step_size=0.3, discount=discount, trace=trace)
        assert found[run] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("traces", ["accumulating", "replacing", "dutch"])
def test_without_trace_every_kind_is_td_zero(episodes, value, traces):
    found = td_lambda(value, episodes, step_size=0.1, discount=0.9, trace=0.0, traces=traces)
    assert found == pytest.approx(n_step_td(value, episodes, step_size=0.1, discount=0.9, n=1), abs=1e-12)


def test_accumulating_and_replacing_differ_where_states_are_met_again():
    """0, 0, end: with lambda 1 an accumulating trace counts the last error twice."""
    episodes = Episodes(np.array([[0], [0]]), np.zeros((2, 1), int), np.array([[0.0], [1.0]]), np.array([2]))
    zero = np.zeros((1, 1))
    found = [
        td_lambda(zero, episodes, step_size=0.1, discount=1.0, trace=1.0, traces=kind)[0, 0]
        for kind in ("accumulating", "replacing")
    ]
    assert found == pytest.approx([0.2, 0.1])


def test_an_intermediate_n_is_best_on_the_nineteen_state_walk():
    """Sutton and Barto, figure 7.2: the best n is about 4, with an error of about .25 over ten episodes."""
    rng = np.random.default_rng(0)
    walks = [sample_episodes(MDP, ALWAYS, 60, rng) for _ in range(10)]

    def rms(n, step_size):
        value, errors = np.zeros((60, 19)), []
        for walk in walks:
            value = n_step_td(value, walk, step_size=step_size, discount=1.0, n=n)
            errors.append(np.sqrt(((value - WALK.true_values()) ** 2).mean(axis=1)).mean())
        return np.mean(errors)

    best = {n: min(rms(n, step_size) for step_size in sizes) for n, sizes in STEP_SIZES.items()}
    assert best[4] < best[1] < best[64] and best[4] == pytest.approx(0.25, abs=0.03)


def test_off_policy_estimates_of_one_blackjack_hand():
    """Sutton and Barto, example 5.4: dealer 2, sum 13, usable ace; stick on 20 or 21; true value -.27726."""
    mdp = Blackjack().to_mdp()
    total = np.arange(mdp.states) // 22
    target = np.eye(2)[(total < 20).astype(int)]
    start = hand(13, 2, True)
    exact = evaluate(mdp, target, 1.0)[start]
    assert exact == pytest.approx(-0.27726, abs=2e-4)
    from dataclasses import replace

    forced = replace(mdp, start=np.eye(mdp.states)[start])
    behaviour = np.full((mdp.states, 2), 0.5)
    episodes = sample_episodes(forced, behaviour, 40_000, np.random.default_rng(0))
    returns, ratio = episodes.returns(1.0)[0], importance_ratios(episodes, target, behaviour)
    assert ordinary_importance_sampling(returns, ratio) == pytest.approx(exact, abs=0.04)
    assert weighted_importance_sampling(returns, ratio) == pytest.approx(exact, abs=0.03)
    few = np.arange(20_000).reshape(-1, 10)
    squared = [
        np.mean([(estimate(returns[rows], ratio[rows]) - exact) ** 2 for rows in few])
        for estimate in (ordinary_importance_sampling, weighted_importance_sampling)
    ]
    assert squared[1] < squared[0], "weighting helps where there are few episodes"


def test_weights_without_any_episode_of_the_target_policy():
    assert weighted_importance_sampling(np.ones(3), np.zeros(3)) == 0


def test_a_policy_that_never_ends_is_refused():
    endless = from_outcomes(1, 1, lambda s, a: [(1.0, 0, 0.0, False)], 0)
    with pytest.raises(ValueError, match="did not end"):
        sample_episodes(endless, np.ones((1, 1)), 2, np.random.default_rng(0), max_steps=50)
