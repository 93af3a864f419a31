"""Four in a row with gravity, on six columns of six."""

from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.boards.lines import has_line, winning_lines


@component
class Connect:
    """Boards are int8 [B, 36], the top row first: 1 the stones of the player to move, -1 the other's.

    An action is a column; the stone falls to its lowest free cell.
    """

    kind: Literal["connect"] = "connect"

    rows: ClassVar[int] = 6
    columns: ClassVar[int] = 6
    actions: ClassVar[int] = 6
    gravity: ClassVar[bool] = True

    @cached_property
    def lines(self) -> np.ndarray:
        """[L, 4]."""
        return winning_lines(6, 6, 4)

    def legal(self, board: np.ndarray) -> np.ndarray:
        """Columns that are not full: bool [B, 6]."""
        return board[:, :6] == 0

    def place(self, board: np.ndarray, action: np.ndarray) -> np.ndarray:
        """The boards after a stone of the player to move, as the other player sees them."""
        after = board.copy()
        own = np.arange(len(board))
        row = 5 - (board.reshape(-1, 6, 6)[own, :, action] != 0).sum(axis=1)
        after[own, row * 6 + action] = 1
        return -after

    def lost(self, board: np.ndarray) -> np.ndarray:
        """Whether the stone before has decided the game against the player to move [B]."""
        return has_line(board == -1, self.lines)

    def symmetries(self) -> tuple[np.ndarray, np.ndarray]:
        """As it is, and mirrored: cells [2, 36] and actions [2, 6]."""
        cells = np.arange(36).reshape(6, 6)
        return np.stack([cells.reshape(-1), cells[:, ::-1].reshape(-1)]), np.stack([np.arange(6), np.arange(6)[::-1]])
