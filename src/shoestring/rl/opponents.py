"""Players who learned nothing: moves at random, and a tree search with random games in place of a network."""

from collections.abc import Callable

import numpy as np

from shoestring.rl.boards import Board
from shoestring.rl.tree_search import Evaluate, search

Choose = Callable[[np.ndarray], np.ndarray]
"""Boards [B, cells] that are not over, as the player to move sees them, to an action each [B]."""


def random_player(rules: Board, rng: np.random.Generator) -> Choose:
    """Every legal action is as likely as any other."""
    return lambda boards: _any_legal(rules.legal(boards), rng)


def plain_player(rules: Board, rng: np.random.Generator, *, simulations: int, exploration: float) -> Choose:
    """The most visited action of the same search as a trained player's, with even priors and random games."""
    judge = playouts(rules, rng)

    def choose(boards: np.ndarray) -> np.ndarray:
        found = search(rules, boards, judge, simulations=simulations, exploration=exploration)
        action: np.ndarray = found.visits.argmax(axis=1)
        return action

    return choose


def playouts(rules: Board, rng: np.random.Generator) -> Evaluate:
    """Even priors, and as the value of a board the result of one game that both play at random from there."""

    def evaluate(boards: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, who, mover = np.zeros(len(boards)), np.arange(len(boards)), 1.0
        now = boards
        while len(now):
            lost, legal = rules.lost(now), rules.legal(now)
            value[who[lost]] = -mover
            going = ~lost & legal.any(axis=1)
            now, who = now[going], who[going]
            now = rules.place(now, _any_legal(legal[going], rng))
            mover = -mover
        return np.full((len(boards), rules.actions), 1 / rules.actions), value

    return evaluate


def _any_legal(legal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    # Above 0 wherever it is legal, which the draw itself need not be.
    action: np.ndarray = (legal * (1 - rng.random(legal.shape))).argmax(axis=1)
    return action
