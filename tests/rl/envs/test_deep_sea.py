import numpy as np
import pytest

from shoestring.rl.envs.deep_sea import DeepSea
from shoestring.rl.planning import evaluate, value_iteration


@pytest.mark.parametrize("size", [2, 5, 10])
def test_the_best_dive_and_the_luck_of_a_random_one(size):
    mdp = DeepSea(size=size).to_mdp()
    assert value_iteration(mdp, 1.0).value[0] == pytest.approx(0.99)
    random = evaluate(mdp, np.full((mdp.states, 2), 0.5), 1.0)[0]
    assert random == pytest.approx(0.5**size - 0.01 / 2)


def test_every_dive_ends_after_as_many_steps_as_the_sea_is_deep():
    mdp, rng = DeepSea(size=7).to_mdp(), np.random.default_rng(0)
    state = mdp.first(50, rng)
    for step in range(7):
        state, _, ended = mdp.sample(state, rng.integers(2, size=50), rng)
        assert (ended == (step == 6)).all()


def test_a_sea_of_one_row_is_refused():
    with pytest.raises(ValueError, match="two rows"):
        DeepSea(size=1)
