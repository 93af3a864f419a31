import numpy as np
import pytest

from shoestring.rl.envs.pendulum import Pendulum
from tests.rl.envs.beside_gymnasium import assert_equal_step_for_step


def test_it_equals_gymnasium_step_for_step():
    pytest.importorskip("gymnasium")
    assert_equal_step_for_step(Pendulum(), "Pendulum-v1")


def test_first_states_are_drawn_as_there():
    gymnasium = pytest.importorskip("gymnasium")
    theirs = gymnasium.make("Pendulum-v1")
    first = np.array([theirs.reset(seed=seed)[0] for seed in range(2000)])
    ours = Pendulum().build(2000, np.random.default_rng(0)).observation
    assert ours.dtype == np.float32 and ours.shape == first.shape
    assert ours.mean(axis=0) == pytest.approx(first.mean(axis=0), abs=0.06)
    assert ours.std(axis=0) == pytest.approx(first.std(axis=0), abs=0.02)
    assert ours.min(axis=0) == pytest.approx(first.min(axis=0), abs=0.02)
    assert ours.max(axis=0) == pytest.approx(first.max(axis=0), abs=0.02)
