"""Taxi: fetch a passenger and bring them where they want to go."""

from typing import Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.mdp import FiniteMDP, Outcome, from_outcomes

SIDE = 5
STANDS = ((0, 0), (0, 4), (4, 0), (4, 3))
ABOARD = 4
WALLS = frozenset({(0, 1), (1, 1), (3, 0), (4, 0), (3, 2), (4, 2)})
"""Cells (row, column) with a wall at their right side."""


@component
class Taxi:
    """Dietterich 2000; Gymnasium's ``Taxi-v4``.

    A step costs 1, a false pick-up or drop-off 10; the right drop-off gives 20 and ends the episode.
    """

    kind: Literal["taxi"] = "taxi"

    def to_mdp(self) -> FiniteMDP:
        """S = 500 as ((row * 5 + column) * 5 + passenger) * 4 + destination, passenger 4 being aboard.

        A = down, up, right, left, pick up, drop off. An episode starts with the passenger at a stand that is not the
        destination.
        """

        def outcomes(s: int, a: int) -> list[Outcome]:
            rest, destination = divmod(s, 4)
            rest, passenger = divmod(rest, 5)
            row, column = divmod(rest, SIDE)
            reward, ended = -1.0, False
            if a == 0:
                row = min(row + 1, SIDE - 1)
            elif a == 1:
                row = max(row - 1, 0)
            elif a == 2 and (row, column) not in WALLS:
                column = min(column + 1, SIDE - 1)
            elif a == 3 and (row, column - 1) not in WALLS:
                column = max(column - 1, 0)
            elif a == 4:
                if passenger < ABOARD and STANDS[passenger] == (row, column):
                    passenger = ABOARD
                else:
                    reward = -10.0
            elif a == 5:
                if passenger == ABOARD and STANDS[destination] == (row, column):
                    passenger, reward, ended = destination, 20.0, True
                elif passenger == ABOARD and (row, column) in STANDS:
                    passenger = STANDS.index((row, column))
                else:
                    reward = -10.0
            return [(1.0, ((row * SIDE + column) * 5 + passenger) * 4 + destination, reward, ended)]

        state = np.arange(SIDE * SIDE * 5 * 4)
        start = ((state // 4 % 5 < ABOARD) & (state // 4 % 5 != state % 4)).astype(float)
        return from_outcomes(len(state), 6, outcomes, start / start.sum(), 200)
