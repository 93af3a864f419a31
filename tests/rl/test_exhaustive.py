import numpy as np
import pytest

from shoestring.rl.boards import TicTacToe
from shoestring.rl.exhaustive import empty, every_line, minimax

RULES = TicTacToe()


def positions():
    """Every board that play can reach, over or not."""
    found, layer = [], empty(RULES)
    while len(layer):
        found.append(layer)
        going = layer[~RULES.lost(layer)]
        row, action = np.nonzero(RULES.legal(going))
        layer = np.unique(RULES.place(going[row], action), axis=0) if len(row) else going[:0]
    return np.concatenate(found)


def test_there_are_as_many_positions_as_is_known_and_the_game_is_a_draw():
    assert len(np.unique(positions(), axis=0)) == 5478
    assert minimax(RULES, empty(RULES)[0]) == 0


def best(boards):
    """Exact play."""
    chosen = []
    for board in boards:
        moves = np.flatnonzero(RULES.legal(board[None])[0])
        after = RULES.place(np.repeat(board[None], len(moves), axis=0), moves)
        chosen.append(moves[np.argmax([-minimax(RULES, row) for row in after])])
    return np.array(chosen)


def test_exact_play_loses_no_line_and_simple_play_does():
    for first in (True, False):
        lines = every_line(RULES, best, first=first)
        assert lines.never_loses and lines.drawn > 0 and lines.won > 0
        simple = every_line(RULES, lambda boards: RULES.legal(boards).argmax(axis=1), first=first)
        assert not simple.never_loses
    with pytest.raises(ValueError, match="not legal"):
        every_line(RULES, lambda boards: np.zeros(len(boards), dtype=int), first=True)
