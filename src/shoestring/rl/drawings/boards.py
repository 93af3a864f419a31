"""Board games, as the first player sees them."""

import numpy as np

from shoestring.rl.boards import Board
from shoestring.rl.drawings.shapes import Action, Drawing, Shape, Tone, box
from shoestring.rl.positions import board_text, landing, move_name, winning_line

CELL = 12.0


def draw_board(rules: Board) -> Drawing:
    """Observations are cells: 1 the first player's stones, -1 the second's. Stones differ by more than colour."""
    width, height = CELL * rules.columns, CELL * rules.rows
    lines = [(x * CELL, 0.0, x * CELL, height) for x in range(rules.columns + 1)]
    lines += [(0.0, y * CELL, width, y * CELL) for y in range(rules.rows + 1)]
    backdrop = (box("surface", 0, 0, width, height), *(Shape("line", "line", line, 0.5) for line in lines))

    def middle(cell: int) -> tuple[float, float]:
        return CELL * (cell % rules.columns + 0.5), CELL * (cell // rules.columns + 0.5)

    def frame(seen: np.ndarray, action: Action) -> tuple[Shape, ...]:
        board = np.rint(seen).astype(np.int8)
        shapes = [
            shape for cell in np.flatnonzero(board) for shape in stone(rules, int(board[cell]), *middle(int(cell)))
        ]
        mover = 1 if board.sum() == 0 else -1
        # A file may hold an action that the rules do not allow.
        if action is not None and 0 <= action < rules.actions and rules.legal(board[None])[0, int(action)]:
            x, y = middle(landing(rules, mover * board, int(action)))
            shapes.append(Shape("disc", "accent" if mover == 1 else "bad", (x, y), 1.3))
        ends = winning_line(rules, board)
        if ends:
            shapes.append(Shape("line", "text", (*middle(ends[0]), *middle(ends[-1])), 1.0))
        return tuple(shapes)

    names = tuple(move_name(rules, action) for action in range(rules.actions))
    return Drawing(
        width, height, frame, backdrop, names, 0.8, words=side_to_move,
        text=lambda seen: board_text(rules, np.rint(seen)),
    )  # fmt: skip


def stone(rules: Board, whose: int, x: float, y: float) -> tuple[Shape, ...]:
    """A cross and a ring; where stones fall, a disc and a ring."""
    tone: Tone = "accent" if whose == 1 else "bad"
    if whose == -1:
        return Shape("disc", tone, (x, y), 4.3), Shape("disc", "surface", (x, y), 2.7)
    if rules.gravity:
        return (Shape("disc", tone, (x, y), 4.3),)
    return tuple(Shape("line", tone, (x - 3.6, y - 3.6 * slope, x + 3.6, y + 3.6 * slope), 1.6) for slope in (1, -1))


def side_to_move(seen: np.ndarray) -> str:
    """Whose turn it is, from the stones."""
    return "first player to move" if round(float(seen.sum())) == 0 else "second player to move"
