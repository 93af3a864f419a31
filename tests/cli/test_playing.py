import json

import numpy as np
import pytest
from click.testing import CliRunner

from shoestring.cli import playing
from shoestring.rl.boards import Connect, TicTacToe
from shoestring.rl.exhaustive import empty
from tests.service.agents import board_run, table_run


@pytest.fixture
def game(shell):
    """Play with what a person would type; what was said and shown."""

    def play(*words, typed=()):
        arguments = [*map(str, words), "--runs", str(shell.runs)]
        return CliRunner().invoke(playing.play, arguments, input="".join(f"{line}\n" for line in typed))

    return play


def reply(player, board):
    """The board after the player's own move, seen by the other."""
    return player.rules.place(board, player.choose(board))


def test_a_person_plays_to_the_end_and_wrong_words_change_nothing(shell, game):
    _, player = board_run(shell.runs, "xo", TicTacToe())
    # The person takes the first free cell, and types nonsense before it.
    board, moves, typed = empty(player.rules), [], ["", "0", "ten"]
    while player.rules.legal(board).any() and not player.rules.lost(board)[0]:
        mine = len(moves) % 2 == 0
        action = player.rules.legal(board).argmax(axis=1) if mine else player.choose(board)
        typed += [str(action[0] + 1)] if mine else []
        moves.append(int(action[0]) + 1)
        board = player.rules.place(board, action)
    found = game("xo", "--json", "--quiet", typed=typed)
    document = json.loads(found.stdout)
    assert found.exit_code == 0 and document["schema"] == "shoestring.game/1" and document["moves"] == moves
    result = "drawn" if not player.rules.lost(board)[0] else "won" if len(moves) % 2 else "lost"
    assert (document["result"], document["you"], document["simulations"]) == (result, "first", 20)
    shown = game("xo", typed=typed)
    assert "you are X and begin" in shown.stderr and "'0' is no move; there are 1, 2, 3" in shown.stderr
    assert "1 2 3\n4 5 6\n7 8 9" in shown.stderr and "the agent takes cell" in shown.stderr
    assert f"after {len(moves)} moves" in shown.stdout and "your move" not in shown.stdout


def test_the_agent_begins_where_it_is_asked_to_and_may_think_less(shell, game):
    _, player = board_run(shell.runs, "four", Connect())
    shown = game("four", "--second", "--simulations", 1)
    # Nothing was typed: who plays gave up.
    assert shown.exit_code == 1 and "you are O, the agent X begins" in shown.stderr
    first = int(player.look(empty(player.rules), 1).visits[0].argmax())
    assert f"the agent takes column {first + 1} and expects" in shown.stderr
    assert np.count_nonzero([letter == "X" for letter in shown.stderr.split("expects")[1]]) == 1


def test_what_plays_no_board_game_is_refused(shell):
    table_run(shell.runs, "cliff")
    assert "cliff: plays no board game" in shell("play", "cliff", code=2).stderr
    assert "no run 'nothing'" in shell("play", "nothing", code=3).stderr
