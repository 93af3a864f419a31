import pytest

from shoestring.rl.envs.blackjack import Blackjack, add_card, dealer_totals, state
from shoestring.rl.planning import value_iteration

MDP = Blackjack().to_mdp()


def test_the_house_wins_and_how_much():
    assert MDP.start @ value_iteration(MDP, 1.0).value == pytest.approx(-0.046556, abs=5e-7)


def test_the_best_play_is_the_one_of_the_book():
    action = value_iteration(MDP, 1.0).action
    # Without a usable ace, against 7 or more: hit up to 16; against 4 to 6: stick from 12; with one: hit up to 17.
    assert [action[state(16, shown, False)] for shown in (7, 10, 1)] == [1, 1, 1]
    assert [action[state(12, shown, False)] for shown in (3, 4, 6)] == [1, 0, 0]
    assert [action[state(18, shown, True)] for shown in (8, 9, 10)] == [0, 1, 1]


def test_aces():
    assert add_card(0, False, 1) == (11, True)
    assert add_card(11, True, 1) == (12, True)
    assert add_card(18, True, 7) == (15, False)
    assert add_card(20, False, 1) == (21, False)


def test_a_dealer_who_shows_six_goes_bust_most_often():
    bust = {shown: dealer_totals(shown)[0] for shown in range(1, 11)}
    assert max(bust, key=bust.get) == 6 and bust[6] == pytest.approx(0.4228, abs=5e-4)
    assert all(sum(dealer_totals(shown).values()) == pytest.approx(1) for shown in bust)
