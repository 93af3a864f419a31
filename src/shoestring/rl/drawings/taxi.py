"""The taxi, its walls, its passenger and where they want to go."""

import numpy as np

from shoestring.rl.drawings.grids import CELL, draw_grid, middle
from shoestring.rl.drawings.shapes import Drawing, Shape
from shoestring.rl.envs.taxi import ABOARD, SIDE, STANDS, WALLS

NAMES = "RGYB"
"""Stands as the original names them: red, green, yellow, blue."""


def parts(state: int) -> tuple[int, int, int, int]:
    """Row, column, passenger (4 aboard) and destination of a state."""
    rest, destination = divmod(state, 4)
    rest, passenger = divmod(rest, 5)
    return *divmod(rest, SIDE), passenger, destination


def draw_taxi() -> Drawing:
    """Observations are states of :class:`shoestring.rl.envs.taxi.Taxi`."""
    walls = tuple(
        Shape("line", "text", (CELL * (c + 1), CELL * r, CELL * (c + 1), CELL * (r + 1)), 1.4) for r, c in sorted(WALLS)
    )
    letters = tuple(Shape("text", "muted", middle(r * SIDE + c, SIDE), 5, NAMES[n]) for n, (r, c) in enumerate(STANDS))

    def extra(state: int) -> tuple[Shape, ...]:
        row, column, passenger, destination = parts(state)
        goal = middle(STANDS[destination][0] * SIDE + STANDS[destination][1], SIDE)
        x, y = middle(row * SIDE + column, SIDE)
        if passenger != ABOARD:
            x, y = middle(STANDS[passenger][0] * SIDE + STANDS[passenger][1], SIDE)
        ring = tuple(
            n for k in range(13) for n in (goal[0] + 4.2 * np.cos(k * np.pi / 6), goal[1] + 4.2 * np.sin(k * np.pi / 6))
        )
        return (*letters, *walls, Shape("line", "good", ring, 0.9), Shape("disc", "unsure", (x + 3, y - 3), 1.6))

    def words(seen: np.ndarray) -> str:
        _, _, passenger, destination = parts(int(seen[0]))
        where = "aboard" if passenger == ABOARD else f"waits at {NAMES[passenger]}"
        return f"passenger {where}, wants to {NAMES[destination]}"

    actions = ("down", "up", "right", "left", "pick up", "drop off")
    cell = [state // 20 for state in range(SIDE * SIDE * 20)]
    return draw_grid(
        ["." * SIDE] * SIDE, actions, ((1, 0), (-1, 0), (0, 1), (0, -1)), cell=cell, extra=extra, words=words
    )
