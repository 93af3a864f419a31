"""Positions of board games as others hand them in, and what they need to know of a game; without torch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.rl.boards import Board, TicTacToe
from shoestring.rl.boards.lines import has_line

End = str | None
"""``lost`` or ``drawn`` for the player to move; None while the game goes on."""


@component
class Rules:
    """A board, for reading it back from settings."""

    board: Board = TicTacToe()


def read_rules(table: object, source: str) -> Board:
    """The game of a configuration table. Raises ConfigError."""
    return config.load(Rules, [config.Layer(source, {"board": table})]).board


def described(rules: Board) -> dict[str, Any]:
    """A game for those who draw it: its size, whether stones fall, and the cells of every line that wins."""
    return {
        "kind": rules.kind, "rows": rules.rows, "columns": rules.columns, "actions": rules.actions,
        "gravity": rules.gravity, "lines": rules.lines.tolist(),
    }  # fmt: skip


def end_of(rules: Board, board: np.ndarray) -> End:
    """How a board [cells] has ended for the player to move."""
    if rules.lost(board[None])[0]:
        return "lost"
    return None if rules.legal(board[None]).any() else "drawn"


def read_position(rules: Board, cells: Sequence[int]) -> np.ndarray:
    """A board int8 [1, cells] on which a move can be chosen, as the player to move sees it.

    Raises:
        BadDataError: wrong size or values, stones that no game leads to, or a game that is over.
    """
    size = rules.rows * rules.columns
    if len(cells) != size:
        raise BadDataError(f"board: {len(cells)} cells; {rules.kind} has {size}, row by row from the top left")
    for cell, stone in enumerate(cells):
        if stone not in (-1, 0, 1):
            raise BadDataError(
                f"board: {place_of(rules, cell)} is {stone}; give 1 for the player to move, -1 for the other, else 0"
            )
    board = np.array([cells], dtype=np.int8)
    own, other = int((board == 1).sum()), int((board == -1).sum())
    if other - own not in (0, 1):
        raise BadDataError(
            f"board: {own} stones of the player to move and {other} of the other; players take turns, so the other has "
            "as many or one more"
        )
    if rules.gravity:
        grid = board[0].reshape(rules.rows, rules.columns)
        hanging = np.flatnonzero(((grid[:-1] != 0) & (grid[1:] == 0)).reshape(-1))
        if len(hanging):
            raise BadDataError(f"board: {place_of(rules, int(hanging[0]))} has nothing below it; stones fall")
    if has_line(board == 1, rules.lines)[0]:
        raise BadDataError("board: the player to move has a line already, so the game ended before")
    end = end_of(rules, board[0])
    if end:
        raise BadDataError(f"board: the game is over, {'lost for the player to move' if end == 'lost' else 'drawn'}")
    return board


def place_of(rules: Board, cell: int) -> str:
    """A cell in words."""
    return f"row {cell // rules.columns + 1}, column {cell % rules.columns + 1}"


def move_name(rules: Board, action: int) -> str:
    """An action in words, counted from 1 as people do."""
    return f"{'column' if rules.gravity else 'cell'} {action + 1}"


def landing(rules: Board, board: np.ndarray, action: int) -> int:
    """The cell in which a legal move on a board [cells] puts its stone."""
    return int(np.flatnonzero(rules.place(board[None], np.array([action]))[0] + board)[0])


def winning_line(rules: Board, board: np.ndarray) -> list[int]:
    """The cells of a line on a board [cells], whoever has it; empty without one."""
    for stone in (1, -1):
        found = np.flatnonzero((board[rules.lines] == stone).all(axis=1))
        if len(found):
            cells: list[int] = rules.lines[found[0]].tolist()
            return cells
    return []


def board_text(rules: Board, board: Sequence[int] | np.ndarray, *, numbered: bool = False) -> str:
    """A board [cells] as lines: X for 1, O for -1; with ``numbered``, moves that are left are counted from 1."""
    marks = {1: "X", -1: "O", 0: "."}
    letters = [marks[int(stone)] for stone in board]
    if numbered and not rules.gravity:
        letters = [str(cell + 1) if letter == "." else letter for cell, letter in enumerate(letters)]
    rows = [" ".join(letters[row : row + rules.columns]) for row in range(0, len(letters), rules.columns)]
    if numbered and rules.gravity:
        rows.append(" ".join(str(column + 1) for column in range(rules.columns)))
    return "\n".join(rows)
