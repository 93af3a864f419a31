import numpy as np
import pytest

from shoestring.rl.boards import Connect, TicTacToe
from shoestring.rl.exhaustive import empty
from shoestring.rl.opponents import plain_player, playouts, random_player
from tests.rl.test_tree_search import after

RULES = TicTacToe()


def test_random_moves_are_legal_and_even():
    board = np.repeat(after(4, 0), 7_000, axis=0)
    moves = random_player(RULES, np.random.default_rng(0))(board)
    counts = np.bincount(moves, minlength=9)
    assert counts[4] == counts[0] == 0 and (np.abs(counts[RULES.legal(board)[0]] - 1_000) < 150).all()


def test_random_games_from_the_start_end_as_counting_all_of_them_says():
    """Of random games of tic-tac-toe the first player wins .585 and the second .288, a known count."""
    chance, value = playouts(RULES, np.random.default_rng(0))(empty(RULES, 20_000))
    assert (chance == 1 / 9).all()
    assert ((value == 1).mean(), (value == -1).mean()) == pytest.approx((0.585, 0.288), abs=0.012)


def test_the_value_is_for_the_player_to_move_and_of_ended_games_exact():
    lost, full = after(0, 3, 1, 4, 2), after(0, 1, 2, 4, 3, 5, 7, 6, 8)
    one_left = after(0, 1, 2, 4, 3, 5, 7, 6)
    boards = np.concatenate([lost, full, one_left])
    assert playouts(RULES, np.random.default_rng(0))(boards)[1].tolist() == [-1, 0, 0]
    win_left = after(0, 3, 1, 4, 5, 8, 6, 7)
    assert RULES.legal(win_left).sum() == 1
    assert playouts(RULES, np.random.default_rng(0))(win_left)[1].tolist() == [1]


@pytest.mark.parametrize("rules", [TicTacToe(), Connect()], ids=lambda rules: rules.kind)
def test_the_plain_search_takes_a_win_and_repeats_with_its_seed(rules):
    stones = [0, 3, 1, 4] if rules.kind == "tic-tac-toe" else [0, 5, 0, 5, 0, 5]
    board = empty(rules)
    for action in stones:
        board = rules.place(board, np.array([action]))
    players = [plain_player(rules, np.random.default_rng(3), simulations=60, exploration=1.5) for _ in range(2)]
    boards = np.repeat(board, 20, axis=0)
    first, second = (player(boards) for player in players)
    assert (first == second).all() and (first == (2 if rules.kind == "tic-tac-toe" else 0)).all()
