"""What exact play says about a small game: its value, and every line that an opponent can choose."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shoestring.rl.boards import Board

MAX_POSITIONS = 1_000_000


@dataclass(frozen=True)
class Lines:
    """Positions in which games end when one player follows a policy and the other may do anything."""

    won: int
    drawn: int
    lost: int

    @property
    def never_loses(self) -> bool:
        """Whether no play of the opponent wins; perfect play is one of them."""
        return self.lost == 0


def empty(rules: Board, count: int = 1) -> np.ndarray:
    """Boards without stones, int8 [count, cells]."""
    return np.zeros((count, rules.rows * rules.columns), dtype=np.int8)


def minimax(rules: Board, board: np.ndarray) -> int:
    """The value of a board [cells] for the player to move: 1 won, 0 drawn, -1 lost; for small games only."""
    known: dict[bytes, int] = {}

    def value(position: np.ndarray) -> int:
        key = position.tobytes()
        if key not in known:
            if rules.lost(position[None])[0]:
                known[key] = -1
            else:
                moves = np.flatnonzero(rules.legal(position[None])[0])
                after = rules.place(np.repeat(position[None], len(moves), axis=0), moves)
                known[key] = max((-value(row) for row in after), default=0)
        return known[key]

    return value(board)


def every_line(rules: Board, choose: Callable[[np.ndarray], np.ndarray], *, first: bool) -> Lines:
    """Follow ``choose`` (boards [B, cells] to actions [B]) against every reply, moving first or second.

    Equal positions are followed once. Raises ValueError when a chosen action is not legal, or there are too many.
    """
    boards, mine = empty(rules), first
    won = drawn = lost = 0
    while len(boards):
        over = rules.lost(boards)
        full = ~over & ~rules.legal(boards).any(axis=1)
        won, lost = (won, lost + int(over.sum())) if mine else (won + int(over.sum()), lost)
        drawn += int(full.sum())
        boards = boards[~over & ~full]
        if not len(boards):
            break
        legal = rules.legal(boards)
        if mine:
            action = choose(boards)
            if not legal[np.arange(len(boards)), action].all():
                raise ValueError("a chosen action is not legal")
            boards = rules.place(boards, action)
        else:
            row, action = np.nonzero(legal)
            boards = rules.place(boards[row], action)
        boards = np.unique(boards, axis=0)
        if len(boards) > MAX_POSITIONS:
            raise ValueError(f"more than {MAX_POSITIONS:,} positions: this game is too large to be exhausted")
        mine = not mine
    return Lines(won, drawn, lost)
