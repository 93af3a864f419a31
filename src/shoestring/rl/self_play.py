"""Games that a network plays against itself, and the memory of them that it learns from."""

from typing import Any

import numpy as np

from shoestring.rl.boards import Board
from shoestring.rl.exhaustive import empty
from shoestring.rl.tree_search import Evaluate, search


class Memory:
    """The newest positions with shares of visits and results, up to a number; part of a checkpoint.

    ``added`` counts all that there ever were.
    """

    def __init__(self, cells: int, actions: int, capacity: int) -> None:
        self._capacity, self.added = capacity, 0
        self.board = np.zeros((0, cells), dtype=np.int8)
        self.policy, self.result = np.zeros((0, actions), dtype=np.float32), np.zeros(0, dtype=np.float32)

    def __len__(self) -> int:
        return len(self.result)

    def add(self, board: np.ndarray, policy: np.ndarray, result: np.ndarray) -> None:
        """Append positions [N, ...]; the oldest make place."""
        self.added += len(board)
        self.board = np.concatenate([self.board, board])[-self._capacity :]
        self.policy = np.concatenate([self.policy, policy.astype(np.float32)])[-self._capacity :]
        self.result = np.concatenate([self.result, result.astype(np.float32)])[-self._capacity :]

    def state_dict(self) -> dict[str, Any]:
        arrays = {"board": self.board.copy(), "policy": self.policy.copy(), "result": self.result.copy()}
        return {**arrays, "added": self.added}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.board, self.policy, self.result = (state[name].copy() for name in ("board", "policy", "result"))
        self.added = int(state["added"])


def play_games(
    rules: Board,
    evaluate: Evaluate,
    games: int,
    rng: np.random.Generator,
    *,
    simulations: int,
    exploration: float,
    noise: float,
    concentration: float,
    drawn_moves: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boards [N, cells], shares of visits [N, A] and results [N] for the player to move, of ``games`` whole games.

    The first ``drawn_moves`` moves are drawn from the shares of visits, later ones are the most visited.
    """
    boards, who = empty(rules, games), np.arange(games)
    seen, shares, players, owners = [], [], [], []
    winner = np.zeros(games)
    move = 0
    while len(boards):
        found = search(
            rules, boards, evaluate, simulations=simulations, exploration=exploration, noise=noise,
            concentration=concentration, rng=rng,
        )  # fmt: skip
        share = found.visits / found.visits.sum(axis=1, keepdims=True)
        player = 1 if move % 2 == 0 else -1
        seen.append(boards)
        shares.append(share)
        players.append(np.full(len(boards), player))
        owners.append(who)
        if move < drawn_moves:
            action = (rng.random(len(boards))[:, None] >= share.cumsum(axis=1)[:, :-1]).sum(axis=1)
        else:
            action = share.argmax(axis=1)
        boards = rules.place(boards, action)
        lost = rules.lost(boards)
        winner[who[lost]] = player
        going = ~lost & rules.legal(boards).any(axis=1)
        boards, who = boards[going], who[going]
        move += 1
    result = np.concatenate(players) * winner[np.concatenate(owners)]
    return np.concatenate(seen), np.concatenate(shares), result


def turned(
    rules: Board, board: np.ndarray, policy: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Each position [B, ...] under one of the symmetries of the game, drawn for each."""
    cells, actions = rules.symmetries()
    which = rng.integers(len(cells), size=len(board))
    return np.take_along_axis(board, cells[which], axis=1), np.take_along_axis(policy, actions[which], axis=1)
