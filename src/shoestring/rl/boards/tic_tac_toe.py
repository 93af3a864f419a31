"""Tic-tac-toe: three in a row on nine cells; a draw between two who do not err."""

from functools import cached_property
from typing import ClassVar, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.boards.lines import has_line, winning_lines


@component
class TicTacToe:
    """Boards are int8 [B, 9], row by row: 1 the stones of the player to move, -1 the other's. An action is a cell."""

    kind: Literal["tic-tac-toe"] = "tic-tac-toe"

    rows: ClassVar[int] = 3
    columns: ClassVar[int] = 3
    actions: ClassVar[int] = 9
    gravity: ClassVar[bool] = False

    @cached_property
    def lines(self) -> np.ndarray:
        """[8, 3]."""
        return winning_lines(3, 3, 3)

    def legal(self, board: np.ndarray) -> np.ndarray:
        """bool [B, 9]."""
        return board == 0

    def place(self, board: np.ndarray, action: np.ndarray) -> np.ndarray:
        """The boards after a stone of the player to move, as the other player sees them."""
        after = board.copy()
        after[np.arange(len(board)), action] = 1
        return -after

    def lost(self, board: np.ndarray) -> np.ndarray:
        """Whether the stone before has decided the game against the player to move [B]."""
        return has_line(board == -1, self.lines)

    def symmetries(self) -> tuple[np.ndarray, np.ndarray]:
        """The eight ways to turn and mirror: ``board[:, cells[k]]`` and ``policy[:, actions[k]]``, [8, 9] each."""
        square = np.arange(9).reshape(3, 3)
        turned = [np.rot90(face, k) for face in (square, square.T) for k in range(4)]
        cells = np.stack([view.reshape(-1) for view in turned])
        return cells, cells
