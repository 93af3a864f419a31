import numpy as np
import pytest

from shoestring.rl.returns import (
    discounted_returns,
    explained_variance,
    gae,
    lambda_returns,
    n_step_returns,
    standardise,
    td_errors,
)

DISCOUNT = 0.93


@pytest.fixture(params=range(4))
def batch(request):
    """Reward, both ends, V and V of what was reached: [T, B] with ends of both kinds, also at once, also at the end."""
    rng = np.random.default_rng(request.param)
    shape = (23, 5)
    terminated, truncated = rng.random(shape) < 0.12, rng.random(shape) < 0.12
    terminated[4, 0] = truncated[4, 0] = True
    terminated[-1, 1] = truncated[-1, 2] = True
    return rng.normal(size=shape), terminated, truncated, rng.normal(size=shape), rng.normal(size=shape)


def naive_n_step(reward, terminated, truncated, next_value, n):
    """One start at a time, one step at a time."""
    returns = np.zeros_like(reward)
    steps, width = reward.shape
    for b in range(width):
        for t in range(steps):
            for k in range(n):
                at = t + k
                returns[t, b] += DISCOUNT**k * reward[at, b]
                if terminated[at, b]:
                    break
                if truncated[at, b] or at == steps - 1 or k == n - 1:
                    returns[t, b] += DISCOUNT ** (k + 1) * next_value[at, b]
                    break
    return returns


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_n_step_returns_equal_the_loop(batch, n):
    reward, terminated, truncated, _, after = batch
    found = n_step_returns(reward, terminated, truncated, after, discount=DISCOUNT, n=n)
    assert found == pytest.approx(naive_n_step(reward, terminated, truncated, after, n), abs=1e-12)


def test_discounted_returns_are_n_step_returns_without_bound(batch):
    reward, terminated, truncated, _, after = batch
    found = discounted_returns(reward, terminated, truncated, after, discount=DISCOUNT)
    assert found == pytest.approx(naive_n_step(reward, terminated, truncated, after, 99), abs=1e-12)


def test_lambda_returns_are_the_weighted_mean_of_n_step_returns(batch):
    reward, terminated, truncated, _, after = batch
    trace, steps = 0.8, 400
    # Beyond the end of an episode all longer returns are the same, so a long enough sum holds all the weight.
    weights = [(1 - trace) * trace ** (n - 1) for n in range(1, steps)]
    longest = naive_n_step(reward, terminated, truncated, after, steps)
    expected = sum(
        weight * (naive_n_step(reward, terminated, truncated, after, n) if n < 25 else longest)
        for n, weight in enumerate(weights, start=1)
    )
    found = lambda_returns(reward, terminated, truncated, after, discount=DISCOUNT, trace=trace)
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("trace", [0.0, 0.6, 1.0])
def test_gae_equals_the_double_loop(batch, trace):
    reward, terminated, truncated, value, after = batch
    delta = td_errors(reward, terminated, value, after, discount=DISCOUNT)
    expected = np.zeros_like(reward)
    for t in range(len(reward)):
        for b in range(reward.shape[1]):
            for k in range(t, len(reward)):
                expected[t, b] += (DISCOUNT * trace) ** (k - t) * delta[k, b]
                if terminated[k, b] or truncated[k, b]:
                    break
    assert gae(reward, terminated, truncated, value, after, discount=DISCOUNT, trace=trace) == pytest.approx(
        expected, abs=1e-12
    )


def consistent(batch):
    """The batch with V of what was reached equal to V of the next step, inside an episode."""
    reward, terminated, truncated, value, after = batch
    after = after.copy()
    inside = ~(terminated | truncated)[:-1]
    after[:-1][inside] = value[1:][inside]
    return reward, terminated, truncated, value, after


@pytest.mark.parametrize("trace", [0.0, 0.3, 0.95, 1.0])
def test_gae_is_the_lambda_return_less_the_value(batch, trace):
    reward, terminated, truncated, value, after = consistent(batch)
    expected = lambda_returns(reward, terminated, truncated, after, discount=DISCOUNT, trace=trace) - value
    assert gae(reward, terminated, truncated, value, after, discount=DISCOUNT, trace=trace) == pytest.approx(
        expected, abs=1e-12
    )


def test_with_lambda_one_gae_is_the_return_less_the_value(batch):
    reward, terminated, truncated, value, after = consistent(batch)
    expected = discounted_returns(reward, terminated, truncated, after, discount=DISCOUNT) - value
    assert gae(reward, terminated, truncated, value, after, discount=DISCOUNT, trace=1.0) == pytest.approx(
        expected, abs=1e-12
    )


def one_episode(*, terminated=False, truncated=False):
    """Two steps of reward 1; V is 10 everywhere."""
    ends = np.zeros((2, 1), dtype=bool)
    last = np.array([[False], [True]])
    ones = np.ones((2, 1))
    return ones, last & terminated, (last & truncated) | ends, 10 * ones, 10 * ones


def test_a_time_limit_is_no_end():
    """Truncation treated as termination turns the advantage of surviving into a loss."""
    assert gae(*one_episode(terminated=True), discount=0.9, trace=1.0)[:, 0] == pytest.approx([1 + 0.9 - 10, 1 - 10])
    assert gae(*one_episode(truncated=True), discount=0.9, trace=1.0)[:, 0] == pytest.approx(
        [1.9 + 8.1 - 10, 1 + 9 - 10]
    )
    reward, terminated, truncated, _, after = one_episode(truncated=True)
    for found in (
        discounted_returns(reward, terminated, truncated, after, discount=0.9),
        lambda_returns(reward, terminated, truncated, after, discount=0.9, trace=1.0),
        n_step_returns(reward, terminated, truncated, after, discount=0.9, n=5),
    ):
        assert found[:, 0] == pytest.approx([1.9 + 8.1, 10.0])


def test_nothing_crosses_from_one_episode_into_the_next(batch):
    """What happens after an end, and the value after the reset, change nothing before it."""
    reward, terminated, truncated, value, after = batch
    truncated[10] = True
    before = [f(reward, value) for f in estimates(terminated, truncated, after)]
    reward[11:] += 100
    value[11:] -= 50
    for f, expected in zip(estimates(terminated, truncated, after), before, strict=True):
        assert (f(reward, value)[:11] == expected[:11]).all()


def estimates(terminated, truncated, after):
    return [
        lambda r, v: gae(r, terminated, truncated, v, after, discount=DISCOUNT, trace=0.9),
        lambda r, v: lambda_returns(r, terminated, truncated, after, discount=DISCOUNT, trace=0.9),
        lambda r, v: discounted_returns(r, terminated, truncated, after, discount=DISCOUNT),
        lambda r, v: n_step_returns(r, terminated, truncated, after, discount=DISCOUNT, n=4),
    ]


def test_one_constant_shifts_and_scales_the_whole_batch():
    """Standardised over the wrong axis, the better of two environments would not look better."""
    advantage = np.array([[1.0, 11.0], [2.0, 12.0], [3.0, 13.0]])
    found = standardise(advantage)
    assert found.mean() == pytest.approx(0, abs=1e-7) and found.std() == pytest.approx(1, abs=1e-6)
    assert np.diff(found, axis=1) == pytest.approx(10 / advantage.std(), rel=1e-6)
    assert np.diff(found, axis=0) == pytest.approx(1 / advantage.std(), rel=1e-6)


def test_explained_variance():
    target = np.array([1.0, 2.0, 4.0])
    assert explained_variance(target + 5, target) == 1 and explained_variance(np.zeros(3), target) == 0
    assert np.isnan(explained_variance(np.zeros(3), np.ones(3)))


def test_arrays_that_do_not_fit_are_refused(batch):
    reward, terminated, truncated, value, after = batch
    with pytest.raises(ValueError, match="one shape"):
        gae(reward[:, 0], terminated, truncated, value, after, discount=DISCOUNT, trace=0.9)
    with pytest.raises(ValueError, match="boolean"):
        gae(reward, terminated.astype(float), truncated, value, after, discount=DISCOUNT, trace=0.9)
    with pytest.raises(ValueError, match="at least one step"):
        n_step_returns(reward, terminated, truncated, after, discount=DISCOUNT, n=0)
