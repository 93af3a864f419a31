"""Whole games of a trained board player as episodes, so that whatever shows, draws or stores an episode does so too."""

from typing import Literal

import numpy as np

from shoestring.core import config
from shoestring.rl.board_net import TrainedBoards
from shoestring.rl.episodes import Episode
from shoestring.rl.exhaustive import empty
from shoestring.rl.positions import end_of


def record_game(
    trained: TrainedBoards,
    rng: np.random.Generator | None = None,
    *,
    phase: Literal["training", "evaluation"] = "evaluation",
    env_steps: int = 0,
) -> Episode:
    """One game against itself, by the most visited moves, or with moves drawn by their visits from ``rng``.

    Everything is told as the first player sees it: its stones are 1, its win is a reward of 1, and values are what the
    search expects for it. So an advantage below 0 tells of mistakes of the first player, one above 0 of the second.
    """
    rules = trained.rules
    board, mover = empty(rules), 1
    seen, actions, shares, values = [], [], [], []
    while end_of(rules, board[0]) is None:
        found = trained.look(board)
        share = found.visits[0] / found.visits[0].sum()
        action = int(share.argmax() if rng is None else rng.choice(rules.actions, p=share))
        seen.append(mover * board[0])
        actions.append(action)
        shares.append(share)
        values.append(mover * float(found.value[0]))
        board, mover = rules.place(board, np.array([action])), -mover
    steps = len(actions)
    reward, last = np.zeros(steps), np.arange(steps) == steps - 1
    # Whoever is to move at the end has lost, or nobody has.
    reward[-1] = -mover if end_of(rules, board[0]) == "lost" else 0
    return Episode(
        environment=rules.kind, settings=config.as_table(rules), how="best" if rng is None else "drawn", phase=phase,
        env_steps=env_steps, discount=1.0, trace=1.0, observation=np.array(seen, dtype=np.float32),
        final=(mover * board[0]).astype(np.float32), action=np.array(actions, dtype=np.int64), reward=reward,
        value=np.array(values, dtype=np.float32), reached_value=np.array([*values[1:], 0.0], dtype=np.float32),
        terminated=last, truncated=np.zeros(steps, dtype=bool), distribution=np.array(shares, dtype=np.float32),
    )  # fmt: skip
