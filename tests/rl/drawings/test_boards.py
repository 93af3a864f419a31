import numpy as np

from shoestring.core import config
from shoestring.rl.boards import Connect, TicTacToe
from shoestring.rl.drawings import drawing_of
from shoestring.rl.drawings.boards import CELL, draw_board
from shoestring.rl.exhaustive import empty

WON = np.array([1, 1, 1, -1, -1, 0, 0, 0, 0], dtype=np.float32)


def kinds(shapes):
    return [shape.kind for shape in shapes]


def test_stones_the_chosen_move_and_the_line_that_wins():
    drawing = draw_board(TicTacToe())
    assert kinds(drawing.frame(empty(TicTacToe())[0], None)) == []
    one = drawing.frame(np.array([1, 0, 0, 0, 0, 0, 0, 0, 0]), 4)
    # A cross of two lines, and where the second player moves.
    assert kinds(one) == ["line", "line", "disc"] and one[2].numbers == (1.5 * CELL, 1.5 * CELL)
    assert one[0].tone != one[2].tone
    end = drawing.frame(WON, None)
    assert end[-1].numbers == (CELL / 2, CELL / 2, 2.5 * CELL, CELL / 2) and kinds(end).count("disc") == 4


def test_where_stones_fall_the_chosen_column_is_marked_at_the_free_cell():
    board = np.zeros(36)
    board[[33, 27]] = 1, -1
    shapes = draw_board(Connect()).frame(board, 3)
    assert shapes[-1].numbers == (3.5 * CELL, 3.5 * CELL)


def test_actions_that_are_against_the_rules_are_not_drawn():
    drawing = draw_board(TicTacToe())
    for action in (0, 9, -1, 10**9):
        assert kinds(drawing.frame(np.array([1, 0, 0, 0, 0, 0, 0, 0, 0]), action)) == ["line", "line"]


def test_it_is_found_by_the_kind_and_what_does_not_fit_is_drawn_as_numbers():
    settings = config.as_table(TicTacToe())
    found = drawing_of("tic-tac-toe", settings, WON[None])
    assert found.text(WON) == "X X X\nO O .\n. . ." and found.actions[8] == "cell 9"
    assert found.words(WON) == "second player to move" and found.words(0 * WON) == "first player to move"
    for settings_, seen in ((settings, WON[None, :4]), (settings, 7 * WON[None]), ({"kind": "go"}, WON[None])):
        assert drawing_of("tic-tac-toe", settings_, seen).text is None
