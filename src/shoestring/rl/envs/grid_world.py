"""A grid world drawn as text."""

from typing import Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.mdp import FiniteMDP, Outcome, from_outcomes

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
"""Up, right, down, left."""
MAZE = (".......#G", "..#....#.", "S.#....#.", "..#......", ".....#...", ".........")


@component
class GridWorld:
    """Sutton and Barto, example 8.1 by default: a maze with reward 1 at the goal and 0 elsewhere."""

    kind: Literal["grid-world"] = "grid-world"
    rows: tuple[str, ...] = MAZE
    """Rows of equal length: S start, G goal, # wall, anything else free."""
    step_reward: float = 0.0
    goal_reward: float = 1.0
    limit: int = 10_000

    def __post_init__(self) -> None:
        tiles = "".join(self.rows)
        if len({len(row) for row in self.rows}) != 1 or tiles.count("S") != 1 or "G" not in tiles:
            raise ValueError("rows: a grid has rows of equal length, one S and at least one G")

    def to_mdp(self) -> FiniteMDP:
        """S = cells row by row; A = up, right, down, left; a move into a wall or off the grid stays."""
        tiles, height, width = "".join(self.rows), len(self.rows), len(self.rows[0])

        def outcomes(s: int, a: int) -> list[Outcome]:
            row, column = s // width + MOVES[a][0], s % width + MOVES[a][1]
            inside = 0 <= row < height and 0 <= column < width and tiles[row * width + column] != "#"
            to = row * width + column if inside else s
            goal = tiles[to] == "G"
            return [(1.0, to, self.goal_reward if goal else self.step_reward, goal)]

        start = np.array([tile == "S" for tile in tiles], dtype=float)
        return from_outcomes(len(tiles), 4, outcomes, start, self.limit)
