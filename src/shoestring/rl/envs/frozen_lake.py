"""FrozenLake: cross a lake whose ice lets you slip sideways."""

from typing import Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.mdp import FiniteMDP, Outcome, from_outcomes

MAPS = {
    "4x4": ("SFFF", "FHFH", "FFFH", "HFFG"),
    "8x8": ("SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"),
}
LIMITS = {"4x4": 100, "8x8": 200}
MOVES = ((0, -1), (1, 0), (0, 1), (-1, 0))
"""Left, down, right, up."""


@component
class FrozenLake:
    """Gymnasium's ``FrozenLake-v1``: reward 1 at the goal; holes end the episode; a slip turns by 90 degrees."""

    kind: Literal["frozen-lake"] = "frozen-lake"
    map: Literal["4x4", "8x8"] = "4x4"
    slippery: bool = True
    """Whether an action goes to each of three directions (as meant, and to both sides) with probability 1/3."""

    def to_mdp(self) -> FiniteMDP:
        """S = cells row by row, A = left, down, right, up."""
        tiles = "".join(MAPS[self.map])
        side = len(MAPS[self.map])

        def outcomes(s: int, a: int) -> list[Outcome]:
            if tiles[s] in "GH":
                return [(1.0, s, 0.0, True)]
            found = []
            for direction in [(a - 1) % 4, a, (a + 1) % 4] if self.slippery else [a]:
                row = min(max(s // side + MOVES[direction][0], 0), side - 1)
                column = min(max(s % side + MOVES[direction][1], 0), side - 1)
                to = row * side + column
                probability = 1 / 3 if self.slippery else 1.0
                found.append((probability, to, float(tiles[to] == "G"), tiles[to] in "GH"))
            return found

        start = np.array([tile == "S" for tile in tiles], dtype=float)
        return from_outcomes(len(tiles), 4, outcomes, start, LIMITS[self.map])
