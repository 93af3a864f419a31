import numpy as np
import pytest

from shoestring.rl.plane import Tally

TARGET = np.array([[3.0, 0.0], [0.0, 4.0]])


def filled(shift, blocks=20, each=200, size=4, seed=0):
    rng, tally = np.random.default_rng(seed), Tally(2, blocks, size)
    drawn = TARGET + shift + 2.0 * rng.standard_normal((blocks, each, 2, 2))
    for block in range(blocks):
        tally.add(block, 1, drawn[block])
    return tally, drawn.reshape(-1, 4)


def test_a_point_is_what_its_definition_says():
    tally, drawn = filled(0.5)
    point = tally.point(1, TARGET)
    mean, variance = drawn.mean(axis=0), drawn.var(axis=0, ddof=1).sum()
    squared = np.square(mean - TARGET.reshape(-1)).sum() - variance / len(drawn)
    assert tally.mean(1) == pytest.approx(mean)
    assert (point.bias, point.variance) == (pytest.approx(squared / 25), pytest.approx(variance / 25))
    assert point.mse == point.bias + point.variance


def test_noise_is_not_taken_for_bias():
    """The plain squared distance of the mean would be the variance over the count even without any bias."""
    points = [filled(0.0, seed=seed)[0].point(1, TARGET) for seed in range(40)]
    biases = np.array([point.bias for point in points])
    assert abs(biases.mean()) < 3 * biases.std() / 40**0.5
    assert (biases < 0).any()
    # 16 / 25 of variance by 4,000 estimates: what the subtraction removes.
    assert biases.mean() < 0.5 * 16 / 25 / 4_000


def test_the_standard_error_is_the_spread_over_repetitions():
    points = [filled(0.5, seed=seed)[0].point(1, TARGET) for seed in range(60)]
    biases = np.array([point.bias for point in points])
    assert np.mean([point.error for point in points]) == pytest.approx(biases.std(), rel=0.3)
    assert abs(biases.mean() - 1 / 25) < 3 * biases.std() / 60**0.5


def test_a_checkpoint_holds_all_sums():
    tally, _ = filled(0.5)
    other = Tally(2, 20, 4)
    other.load_state_dict(tally.state_dict())
    assert other.point(1, TARGET) == tally.point(1, TARGET)
    with pytest.raises(ValueError, match="do not fit"):
        Tally(2, 20, 5).load_state_dict(tally.state_dict())


def test_one_block_has_no_error():
    tally, _ = filled(0.0, blocks=1)
    assert tally.point(1, TARGET).error == np.inf
