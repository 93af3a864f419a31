import numpy as np
import pytest

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.rl.boards import Connect, TicTacToe
from shoestring.rl.exhaustive import empty
from shoestring.rl.positions import (
    board_text,
    described,
    end_of,
    landing,
    move_name,
    read_position,
    read_rules,
    winning_line,
)
from tests.contracts.test_boards import random_games

XO, FOUR = TicTacToe(), Connect()


@pytest.mark.parametrize("rules", [XO, FOUR], ids=lambda rules: rules.kind)
def test_every_position_of_a_game_that_goes_on_is_read_and_no_other(rules):
    going = over = 0
    for before, _, after in random_games(rules, 60, np.random.default_rng(0)):
        for board in before:
            assert (read_position(rules, board.tolist()) == board).all()
            going += 1
        for board in after:
            if end_of(rules, board):
                with pytest.raises(BadDataError, match="over"):
                    read_position(rules, board.tolist())
                over += 1
    assert going > 300 and over == 60


@pytest.mark.parametrize(
    ("rules", "cells", "message"),
    [
        (XO, [0] * 8, "8 cells; tic-tac-toe has 9"),
        (XO, [0, 0, 0, 0, 0, 2, 0, 0, 0], "row 2, column 3 is 2; give 1"),
        (XO, [1, 0, 0, 0, 0, 0, 0, 0, 0], "1 stones of the player to move and 0 of the other; players take turns"),
        (XO, [-1, -1, 0, 0, 0, 0, 0, 0, 0], "as many or one more"),
        (XO, [1, 1, 1, -1, -1, 0, -1, 0, 0], "has a line already"),
        (XO, [-1, -1, -1, 1, 1, 0, 0, 0, 0], "the game is over, lost for the player to move"),
        (XO, [-1, 1, -1, -1, 1, 1, 1, -1, -1], "the game is over, drawn"),
        (FOUR, [0] * 24 + [-1] + [0] * 11, "row 5, column 1 has nothing below it; stones fall"),
        (FOUR, [0] * 9, "9 cells; connect has 36"),
    ],
)
def test_what_no_game_leads_to_is_refused_with_its_place(rules, cells, message):
    with pytest.raises(BadDataError, match=message):
        read_position(rules, cells)


def test_ends_lines_and_where_stones_land():
    won = np.array([1, 1, 1, -1, -1, 0, 0, 0, 0])
    assert winning_line(XO, won) == winning_line(XO, -won) == [0, 1, 2] and winning_line(XO, empty(XO)[0]) == []
    assert end_of(XO, -won) == "lost" and end_of(XO, empty(XO)[0]) is None
    board = empty(FOUR)
    for row in (5, 4, 3):
        assert landing(FOUR, board[0], 2) == 6 * row + 2
        board = FOUR.place(board, np.array([2]))


def test_words_and_letters():
    assert board_text(XO, [1, -1, 0, 0, 0, 0, 0, 0, 0]) == "X O .\n. . .\n. . ."
    assert board_text(XO, [1, -1, 0, 0, 0, 0, 0, 0, 0], numbered=True) == "X O 3\n4 5 6\n7 8 9"
    assert board_text(FOUR, [0] * 36, numbered=True).split("\n")[5:] == [". . . . . .", "1 2 3 4 5 6"]
    assert (move_name(XO, 0), move_name(FOUR, 5)) == ("cell 1", "column 6")


def test_a_game_is_described_and_read_back():
    for rules in (XO, FOUR):
        about = described(rules)
        assert len(about["lines"]) == len(rules.lines) and about["rows"] * about["columns"] == len(empty(rules)[0])
        assert read_rules({"kind": about["kind"]}, "test") == rules
    with pytest.raises(ConfigError, match="kind"):
        read_rules({"kind": "go"}, "test")
