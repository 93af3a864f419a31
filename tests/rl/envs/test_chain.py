import pytest

from shoestring.rl.envs.chain import Chain
from shoestring.rl.planning import value_iteration


def test_persisting_is_best_although_resting_pays_at_once():
    assert (value_iteration(Chain().to_mdp(), 0.95).action == 1).all()
    assert value_iteration(Chain().to_mdp(), 0.5).action[0] == 0


def test_the_swimmers_odds():
    mdp = Chain().to_mdp()
    assert mdp.chain(mdp.probability.sum(axis=2) * [0, 1])[0][2, 1:4] == pytest.approx([0.05, 0.6, 0.35])
    assert not mdp.terminated[mdp.probability > 0].any()


def test_one_state_is_no_chain():
    with pytest.raises(ValueError, match="two ends"):
        Chain(length=1)
