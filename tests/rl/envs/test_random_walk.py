import numpy as np
import pytest

from shoestring.rl.envs.random_walk import RandomWalk
from shoestring.rl.planning import evaluate


@pytest.mark.parametrize("walk", [RandomWalk(), RandomWalk(length=19, left=-1.0)])
def test_values_are_linear_between_the_ends(walk):
    mdp = walk.to_mdp()
    value = evaluate(mdp, np.ones((mdp.states, 1)), 1.0)
    assert value == pytest.approx(walk.true_values(), abs=1e-12)


def test_the_values_of_the_book():
    assert RandomWalk().true_values() == pytest.approx(np.arange(1, 6) / 6)
    assert RandomWalk(length=19, left=-1.0).true_values() == pytest.approx(np.arange(-9, 10) / 10)


def test_an_even_walk_has_no_middle():
    with pytest.raises(ValueError, match="odd"):
        RandomWalk(length=4)
