"""The cliff: the shortest way leads along an edge where exploring is dear."""

from typing import Literal

from shoestring.core.component import component
from shoestring.rl.mdp import FiniteMDP, Outcome, from_outcomes

ROWS, COLUMNS = 4, 12
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
"""Up, right, down, left."""


@component
class CliffWalking:
    """Sutton and Barto, example 6.6; Gymnasium's ``CliffWalking-v1``.

    Each step costs 1, a step over the edge 100 and leads back to the start.
    """

    kind: Literal["cliff-walking"] = "cliff-walking"

    def to_mdp(self) -> FiniteMDP:
        """S = 48 cells row by row, start 36, goal 47; A = up, right, down, left."""
        start = (ROWS - 1) * COLUMNS

        def outcomes(s: int, a: int) -> list[Outcome]:
            row = min(max(s // COLUMNS + MOVES[a][0], 0), ROWS - 1)
            column = min(max(s % COLUMNS + MOVES[a][1], 0), COLUMNS - 1)
            if row == ROWS - 1 and 0 < column < COLUMNS - 1:
                return [(1.0, start, -100.0, False)]
            return [(1.0, row * COLUMNS + column, -1.0, (row, column) == (ROWS - 1, COLUMNS - 1))]

        return from_outcomes(ROWS * COLUMNS, 4, outcomes, start)
