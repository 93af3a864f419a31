import numpy as np

from shoestring.rl.boards import Connect
from shoestring.rl.exhaustive import empty


def test_stones_fall_and_full_columns_are_closed():
    rules, board = Connect(), empty(Connect())
    for _ in range(6):
        assert rules.legal(board)[0].all()
        board = rules.place(board, np.array([2]))
    assert np.abs(board.reshape(6, 6))[:, 2].tolist() == [1] * 6
    assert board.reshape(6, 6)[:, 2].tolist() == [-1, 1, -1, 1, -1, 1], "the last stone, on top, is the other player's"
    assert rules.legal(board)[0].tolist() == [True, True, False, True, True, True]


def test_four_upwards_decide():
    rules, board = Connect(), empty(Connect())
    for action in (1, 4, 1, 4, 1, 4, 1):
        assert not rules.lost(board)[0]
        board = rules.place(board, np.array([action]))
    assert rules.lost(board)[0]


def test_mirroring_keeps_the_game():
    rules = Connect()
    cells, actions = rules.symmetries()
    rng = np.random.default_rng(0)
    board, other = empty(rules), empty(rules)
    for _ in range(20):
        action = rng.choice(np.flatnonzero(rules.legal(board)[0]), size=1)
        board, other = rules.place(board, action), rules.place(other, actions[1][action])
        assert (board[:, cells[1]] == other).all() and rules.lost(board) == rules.lost(other)
