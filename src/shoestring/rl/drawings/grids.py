"""Worlds of cells: lakes, cliffs, mazes, the deep sea, chains and walks."""

from collections.abc import Callable, Sequence

import numpy as np

from shoestring.rl.drawings.shapes import Action, Drawing, Shape, Tone, arrow, box

CELL = 10.0
TONES: dict[str, Tone] = {"#": "line-strong", "G": "good", "H": "bad", "C": "bad"}
LETTERS = {"S": "S", "G": "G", "H": "H", "C": "C"}
MOST_LETTERS = 400
"""Cells beyond which none is labelled."""


def middle(cell: int, columns: int) -> tuple[float, float]:
    """The centre of a cell."""
    return CELL * (cell % columns + 0.5), CELL * (cell // columns + 0.5)


def floor(tiles: Sequence[str]) -> tuple[Shape, ...]:
    """Cells with their tones and letters, and the lines between them."""
    rows, columns = len(tiles), len(tiles[0])
    shapes: list[Shape] = [box("surface", 0, 0, CELL * columns, CELL * rows)]
    for cell, tile in enumerate("".join(tiles)):
        x, y = middle(cell, columns)
        if tile in TONES:
            inset = 0.0 if tile == "#" else 1.2
            shapes.append(box(TONES[tile], x - 5 + inset, y - 5 + inset, CELL - 2 * inset, CELL - 2 * inset))
        if tile in LETTERS and rows * columns <= MOST_LETTERS:
            shapes.append(Shape("text", "surface" if tile in TONES else "muted", (x, y), 5, LETTERS[tile]))
    shapes += [Shape("line", "line", (0, CELL * r, CELL * columns, CELL * r), 0.4) for r in range(rows + 1)]
    shapes += [Shape("line", "line", (CELL * c, 0, CELL * c, CELL * rows), 0.4) for c in range(columns + 1)]
    return tuple(shapes)


def draw_grid(
    tiles: Sequence[str],
    actions: Sequence[str],
    moves: Sequence[tuple[int, int]],
    *,
    cell: Sequence[int] | None = None,
    extra: Callable[[int], tuple[Shape, ...]] | None = None,
    words: Callable[[np.ndarray], str] | None = None,
) -> Drawing:
    """A grid whose observation is the number of a state, shown in ``cell`` of it (by default its own number).

    ``moves`` are the rows and columns by which each action aims; ``extra`` draws what else a state holds.
    """
    columns = len(tiles[0])
    cells = tuple(range(len(tiles) * columns)) if cell is None else tuple(cell)

    def frame(seen: np.ndarray, action: Action) -> tuple[Shape, ...]:
        state = int(np.clip(seen[0], 0, len(cells) - 1))
        x, y = middle(cells[state], columns)
        step = (0, 0) if action is None or int(action) >= len(moves) else moves[int(action)]
        aim = arrow("text", x, y, 8.0 * step[1], 8.0 * step[0], width=1.0)
        return (*(extra(state) if extra else ()), Shape("disc", "accent", (x, y), 3.0), *aim)

    return Drawing(
        CELL * columns, CELL * len(tiles), frame, floor(tiles), tuple(actions), 0.25, tuple(tiles), cells, words
    )
