r"""PUCT: a tree search that a network guides, over many games at once.

Source: Silver et al. 2017, "Mastering the game of Go without human knowledge", Methods.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shoestring.rl.boards import Board

Evaluate = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Boards [B, cells] to prior probabilities [B, A] and values [B] in [-1, 1] for the player to move."""


@dataclass(frozen=True)
class Found:
    """What a search says about each of G boards."""

    visits: np.ndarray
    """int64 [G, A], how often each action of the root was tried."""
    value: np.ndarray
    """float64 [G], the mean result of the simulations for the player to move."""


def puct(total: np.ndarray, visits: np.ndarray, prior: np.ndarray, exploration: float) -> np.ndarray:
    r""":math:`Q + c\,P\,\sqrt{\sum N} / (1 + N)` for arrays [..., A]; an action that was never tried has Q = 0."""
    mean = total / np.maximum(visits, 1)
    scale: np.ndarray = np.sqrt(np.maximum(visits.sum(axis=-1, keepdims=True), 1))
    result: np.ndarray = mean + exploration * prior * scale / (1 + visits)
    return result


def masked(prior: np.ndarray, legal: np.ndarray) -> np.ndarray:
    """Priors [B, A] over legal actions only; uniform over them where the network gave them nothing."""
    kept = prior * legal
    total = kept.sum(axis=1, keepdims=True)
    even = legal / np.maximum(legal.sum(axis=1, keepdims=True), 1)
    return np.where(total > 1e-12, kept / np.maximum(total, 1e-12), even)


def search(
    rules: Board,
    boards: np.ndarray,
    evaluate: Evaluate,
    *,
    simulations: int,
    exploration: float = 1.5,
    noise: float = 0.0,
    concentration: float = 1.0,
    rng: np.random.Generator | None = None,
) -> Found:
    """Search from ``boards`` [G, cells] that are not over, one new position a game and simulation.

    ``noise`` is the share of a Dirichlet draw of ``concentration`` in the priors of the roots; it needs ``rng``.
    """
    games, actions = len(boards), rules.actions
    g, nodes = np.arange(games), simulations + 1
    board = np.zeros((games, nodes, boards.shape[1]), dtype=np.int8)
    child = np.full((games, nodes, actions), -1, dtype=np.int64)
    visits, total = np.zeros((games, nodes, actions), dtype=np.int64), np.zeros((games, nodes, actions))
    prior, legal = np.zeros((games, nodes, actions)), np.zeros((games, nodes, actions), dtype=bool)
    over, worth = np.zeros((games, nodes), dtype=bool), np.zeros((games, nodes))
    board[:, 0], legal[:, 0] = boards, rules.legal(boards)
    prior[:, 0] = masked(evaluate(boards)[0], legal[:, 0])
    if noise:
        if rng is None:
            raise ValueError("noise needs a random stream")
        drawn = masked(rng.standard_gamma(concentration, (games, actions)), legal[:, 0])
        prior[:, 0] = (1 - noise) * prior[:, 0] + noise * drawn

    for new in range(1, simulations + 1):
        node, walking = np.zeros(games, dtype=np.int64), np.ones(games, dtype=bool)
        path = []
        while walking.any():
            score = puct(total[g, node], visits[g, node], prior[g, node], exploration)
            action = np.where(legal[g, node], score, -np.inf).argmax(axis=1)
            path.append((walking, node, action))
            after = child[g, node, action]
            known = walking & (after >= 0)
            node = np.where(known, after, node)
            walking = known & ~over[g, node]
        # A game ended its walk at a position that is over, or at an action that leads to a new one.
        last = np.stack([np.where(mask, step + 1, 0) for step, (mask, _, _) in enumerate(path)]).max(axis=0) - 1
        parent = np.stack([nodes_ for _, nodes_, _ in path])[last, g]
        action = np.stack([acts for _, _, acts in path])[last, g]
        fresh = np.flatnonzero(child[g, parent, action] < 0)
        value = np.where(over[g, node], worth[g, node], 0.0)
        if len(fresh):
            grown = rules.place(board[fresh, parent[fresh]], action[fresh])
            may = rules.legal(grown)
            lost = rules.lost(grown)
            ended = lost | ~may.any(axis=1)
            chance, judged = evaluate(grown)
            value[fresh] = np.where(lost, -1.0, np.where(ended, 0.0, judged))
            board[fresh, new], legal[fresh, new], over[fresh, new] = grown, may, ended
            prior[fresh, new], worth[fresh, new] = masked(chance, may), value[fresh]
            child[fresh, parent[fresh], action[fresh]] = new
        for mask, nodes_, acts in reversed(path):
            # What is good for who moves next is bad for who moved here.
            value = np.where(mask, -value, value)
            at = (g[mask], nodes_[mask], acts[mask])
            total[at] += value[mask]
            visits[at] += 1
    return Found(visits[:, 0], total[:, 0].sum(axis=1) / simulations)
