import numpy as np
import pytest

from shoestring.rl.deep_q import DuelingStreams


def test_values_and_advantages_are_put_together_by_the_formula():
    parts = DuelingStreams().combine(np.array([[10.0, 1.0, 2.0, 6.0]]), 1)
    assert parts[0, :, 0].tolist() == [8.0, 9.0, 13.0]


def test_a_constant_in_all_advantages_changes_nothing():
    outputs = np.random.default_rng(0).standard_normal((5, 8))
    moved = outputs.copy()
    moved[:, 2:] += 3.0
    assert DuelingStreams().combine(moved, 2) == pytest.approx(DuelingStreams().combine(outputs, 2))


def test_the_way_back_is_the_transposed_map():
    rng = np.random.default_rng(0)
    outputs, gradient = rng.standard_normal((4, 12)), rng.standard_normal((4, 3, 3))
    there = (DuelingStreams().combine(outputs, 3) * gradient).sum()
    assert there == pytest.approx((outputs * DuelingStreams().adjoint(gradient)).sum())
    assert DuelingStreams().outputs(3, 3) == 12
