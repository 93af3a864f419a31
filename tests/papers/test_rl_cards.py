import numpy as np
import pytest

from shoestring.papers.rl_cards import HAND, PUBLISHED, exploring_starts, hands, off_policy, stick_on_twenty
from shoestring.rl.envs import Blackjack
from shoestring.rl.planning import evaluate
from shoestring.rl.prediction import weighted_importance_sampling

MDP = Blackjack().to_mdp()


def test_the_exact_value_of_the_hand_is_the_published_one():
    assert evaluate(MDP, stick_on_twenty(MDP), 1.0)[HAND] == pytest.approx(PUBLISHED, abs=2e-4)


def test_ratios_are_two_to_the_number_of_decisions_or_nothing():
    """Behaviour is random between two actions and the target is not, so each agreement doubles; the first is a hit,
    which cannot end a hand with an ace that counts eleven."""
    returns, ratio, steps = hands(MDP, stick_on_twenty(MDP), 500)
    assert set(np.unique(returns)) <= {-1.0, 0.0, 1.0} and steps >= 500
    positive = ratio[ratio > 0]
    assert len(positive) and np.all(np.log2(positive) == np.round(np.log2(positive))) and positive.min() == 4


def test_both_estimates_find_the_value_and_weighting_errs_less():
    claims = {claim.id: claim for claim in off_policy(10, 4_000)}
    for name in ("ordinary", "weighted"):
        assert claims[f"importance-{name}"].ours == pytest.approx(PUBLISHED, abs=0.04)
    assert claims["importance-variance"].ours > 0


def test_the_estimates_are_of_the_target_and_not_of_the_behaviour():
    returns, ratio, _ = hands(MDP, stick_on_twenty(MDP), 150_000)
    random = evaluate(MDP, np.full((MDP.states, 2), 0.5), 1.0)[HAND]
    assert returns.mean() == pytest.approx(random, abs=0.008)
    assert weighted_importance_sampling(returns, ratio) == pytest.approx(PUBLISHED, abs=0.012)
    assert abs(random - PUBLISHED) > 0.02


def test_more_hands_teach_more_and_a_few_do_not_pass():
    few, more = ({c.id: c for c in exploring_starts(3, scale)} for scale in (0.0005, 0.02))
    assert all(few[key].ours < more[key].ours and few[key].verdict == "not met" for key in few)
    assert more["blackjack"].published == pytest.approx(-0.046556, abs=1e-5)
