import numpy as np
import pytest
import torch

from shoestring.rl import matches
from shoestring.rl.board_net import BoardNet, TrainedBoards
from shoestring.rl.boards import Connect, TicTacToe
from shoestring.rl.exhaustive import minimax
from shoestring.rl.matches import Results, judge_boards, play_match
from shoestring.rl.opponents import random_player

RULES = TicTacToe()


def untrained(rules, simulations=8):
    return TrainedBoards(BoardNet(rules, (6,), torch.Generator().manual_seed(0)), rules, simulations, 1.5)


def lowest(boards):
    """The first free cell."""
    return RULES.legal(boards).argmax(axis=1)


def highest(boards):
    return 8 - RULES.legal(boards)[:, ::-1].argmax(axis=1)


def scattered(boards):
    """The first free cell of an order that makes no row soon."""
    order = np.array([8, 3, 7, 5, 0, 1, 2, 4, 6])
    return order[RULES.legal(boards)[:, order].argmax(axis=1)]


def test_results_are_counted_for_the_right_player():
    # Cells 0, 1, 2 against 8, 7: who moves first completes a row first.
    assert play_match(RULES, lowest, highest, 3, first=True) == Results(3, 0, 0)
    assert play_match(RULES, lowest, highest, 3, first=False) == Results(0, 0, 3)
    # Who completes no row loses whether moving first or second.
    assert play_match(RULES, lowest, scattered, 2, first=False) == Results(2, 0, 0)
    assert play_match(RULES, scattered, lowest, 2, first=True) == Results(0, 0, 2)
    assert play_match(RULES, lowest, highest, 0, first=True) == Results(0, 0, 0)
    assert (Results(1, 2, 1) + Results(0, 0, 4)) == Results(1, 2, 5) and Results(1, 2, 1).score == 0.5


def test_many_games_are_played_in_parts_and_none_is_lost(monkeypatch):
    seen = []

    def watching(boards):
        seen.append(len(boards))
        return lowest(boards)

    monkeypatch.setattr(matches, "BESIDE", 4)
    found = play_match(RULES, watching, random_player(RULES, np.random.default_rng(0)), 10, first=True)
    assert found.games == 10 and max(seen) == 4


def test_random_players_are_even_but_for_the_first_move():
    """Known: the first of two random players of tic-tac-toe wins .585, draws .127, loses .288."""
    one, other = (random_player(RULES, np.random.default_rng(seed)) for seed in (0, 1))
    found = play_match(RULES, one, other, 10_000, first=True)
    assert (found.won, found.drawn, found.lost) == pytest.approx((5850, 1270, 2880), abs=170)
    second = play_match(RULES, one, other, 10_000, first=False)
    assert (second.won, second.lost) == pytest.approx((2880, 5850), abs=170)


def test_the_document_of_a_player():
    found = judge_boards(untrained(RULES), games=21, seed=0)
    assert found["schema"] == "shoestring.board-evaluation/1" and found["board"] == "tic-tac-toe"
    for entry in found["opponents"]:
        assert entry["won"] + entry["drawn"] + entry["lost"] == entry["games"] == 21
        assert (sum(entry["first"].values()), sum(entry["second"].values())) == (11, 10)
        score = entry["score"]
        assert score["value"] == pytest.approx((entry["won"] + entry["drawn"] / 2) / 21)
        assert score["low"] < score["value"] < score["high"] or score["value"] in (0, 1)
    names = ["random moves", "plain search, 8 simulations", "plain search, 32 simulations"]
    assert [entry["opponent"] for entry in found["opponents"]] == names
    assert found == judge_boards(untrained(RULES), games=21, seed=0)
    assert found["opponents"] != judge_boards(untrained(RULES), games=21, seed=1)["opponents"]


def test_perfect_play_is_told_where_it_is_known():
    exact = judge_boards(untrained(RULES), games=2, seed=0)["perfect_play"]
    assert exact["value"] == 0 and exact["never_loses"] is (exact["first"]["lost"] + exact["second"]["lost"] == 0)
    assert not exact["never_loses"], "nobody taught this one"
    assert judge_boards(untrained(Connect()), games=2, seed=0)["perfect_play"] is None


class Perfect(TrainedBoards):
    """Plays exactly."""

    def choose(self, boards):
        def best(board):
            legal = np.flatnonzero(self.rules.legal(board[None])[0])
            after = self.rules.place(np.repeat(board[None], len(legal), axis=0), legal)
            return legal[np.argmax([-minimax(self.rules, row) for row in after])]

        return np.array([best(board) for board in boards])


def test_a_perfect_player_never_loses():
    exact = matches.perfect_play(Perfect(None, RULES, 1, 1.0))
    assert exact["never_loses"] and exact["first"]["won"] > 0
