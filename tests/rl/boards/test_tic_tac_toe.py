import numpy as np

from shoestring.rl.boards import TicTacToe
from shoestring.rl.exhaustive import empty


def test_players_alternate_and_the_one_to_move_sees_that_they_lost():
    rules, board = TicTacToe(), empty(TicTacToe())
    for action in (0, 3, 1, 4, 2):
        assert rules.legal(board)[0, action] and not rules.lost(board)[0]
        board = rules.place(board, np.array([action]))
    assert board[0].tolist() == [-1, -1, -1, 1, 1, 0, 0, 0, 0]
    assert rules.lost(board)[0] and not rules.lost(-board)[0]


def test_there_are_eight_symmetries_and_all_keep_lines():
    cells, actions = TicTacToe().symmetries()
    assert len(np.unique(cells, axis=0)) == 8 and (cells == actions).all()
    lines = {tuple(sorted(line)) for line in TicTacToe().lines.tolist()}
    for view in cells:
        assert {tuple(sorted(view[list(line)].tolist())) for line in lines} == lines
