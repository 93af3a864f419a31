"""Matches on small boards: many games of two players side by side, and what their results say."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from shoestring.rl.board_net import TrainedBoards
from shoestring.rl.boards import Board, TicTacToe
from shoestring.rl.exhaustive import empty, every_line, minimax
from shoestring.rl.opponents import Choose, plain_player, random_player
from shoestring.rl.statistics import bounded_mean

BESIDE = 500
"""Games whose search trees are in memory together."""
LONGER = 4
"""How much longer the stronger of the plain searches thinks than the player."""
SCHEMA = "shoestring.board-evaluation/1"


@dataclass(frozen=True)
class Results:
    """Of games, for one of the two players."""

    won: int
    drawn: int
    lost: int

    @property
    def games(self) -> int:
        return self.won + self.drawn + self.lost

    @property
    def score(self) -> float:
        """Wins, draws counting half, as a share of the games."""
        return (self.won + 0.5 * self.drawn) / self.games

    def __add__(self, other: "Results") -> "Results":
        return Results(self.won + other.won, self.drawn + other.drawn, self.lost + other.lost)


def play_match(rules: Board, ours: Choose, theirs: Choose, games: int, *, first: bool) -> Results:
    """``games`` games, for ``ours``, who moves first or second in all of them; at most ``BESIDE`` are held at once."""
    result = Results(0, 0, 0)
    for begin in range(0, games, BESIDE):
        result += _side_by_side(rules, ours, theirs, min(BESIDE, games - begin), first=first)
    return result


def _side_by_side(rules: Board, ours: Choose, theirs: Choose, games: int, *, first: bool) -> Results:
    boards, mine, won, lost = empty(rules, games), first, 0, 0
    while len(boards):
        boards = rules.place(boards, (ours if mine else theirs)(boards))
        decided = rules.lost(boards)
        won, lost = (won + int(decided.sum()), lost) if mine else (won, lost + int(decided.sum()))
        boards = boards[~decided & rules.legal(boards).any(axis=1)]
        mine = not mine
    return Results(won, games - won - lost, lost)


def judge_boards(trained: TrainedBoards, *, games: int, seed: int) -> dict[str, Any]:
    """How a trained player does against perfect play, random moves, and its own search without its network.

    That search is tried with as many simulations as the player's own, and with ``LONGER`` times as many. ``games`` are
    played against each opponent, half of them moving first. A score is wins plus half the draws, with a 95 % interval
    that holds for any mixture of results. What perfect play is, is known where the game is small enough: there every
    reply of every opponent is tried.
    """
    rules = trained.rules
    opponents = [_against(trained, "random moves", random_player(rules, np.random.default_rng([seed, 0])), games)]
    for times in (1, LONGER):
        simulations = times * trained.simulations
        rng = np.random.default_rng([seed, times])
        plain = plain_player(rules, rng, simulations=simulations, exploration=trained.exploration)
        opponents.append(_against(trained, f"plain search, {simulations} simulations", plain, games))
    return {
        "schema": SCHEMA, "board": rules.kind, "simulations": trained.simulations, "seed": seed,
        "perfect_play": perfect_play(trained), "opponents": opponents,
        "note": "one trained agent: intervals are over its games and say nothing about other seeds",
    }  # fmt: skip


def perfect_play(trained: TrainedBoards) -> dict[str, Any] | None:
    """Ends of all lines in which the opponent may do anything, moving first and second; None for larger games."""
    rules = trained.rules
    if not isinstance(rules, TicTacToe):
        return None
    sides = {name: every_line(rules, trained.choose, first=name == "first") for name in ("first", "second")}
    return {
        "value": minimax(rules, empty(rules)[0]), "never_loses": all(side.never_loses for side in sides.values()),
        **{name: asdict(side) for name, side in sides.items()},
    }  # fmt: skip


def _against(trained: TrainedBoards, name: str, opponent: Choose, games: int) -> dict[str, Any]:
    begins = (games + 1) // 2
    first = play_match(trained.rules, trained.choose, opponent, begins, first=True)
    second = play_match(trained.rules, trained.choose, opponent, games - begins, first=False)
    both = first + second
    low, high = bounded_mean(both.score, both.games)
    return {
        "opponent": name, "games": both.games, **asdict(both),
        "score": {"value": both.score, "low": low, "high": high}, "first": asdict(first), "second": asdict(second),
    }  # fmt: skip
