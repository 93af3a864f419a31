"""RiverSwim: swimming against the current pays more than resting, but only those who persist learn it."""

from typing import Literal

from shoestring.core.component import component
from shoestring.rl.mdp import FiniteMDP, Outcome, from_outcomes


@component
class Chain:
    """Strehl and Littman 2008: six states in a row by default; it never terminates.

    Left always works and pays ``small`` at the left end. Right moves on with probability .35, fails with .6 and drifts
    back with .05; the right end pays ``large`` with probability .6 of staying there.
    """

    kind: Literal["chain"] = "chain"
    length: int = 6
    small: float = 0.005
    large: float = 1.0
    limit: int = 200

    def __post_init__(self) -> None:
        if self.length < 2 or self.limit < 1:
            raise ValueError(
                f"length={self.length}, limit={self.limit}: a chain has two ends and an episode some steps"
            )

    def to_mdp(self) -> FiniteMDP:
        """S = length, start at the left end; A = left, right."""
        last = self.length - 1

        def outcomes(s: int, a: int) -> list[Outcome]:
            if a == 0:
                return [(1.0, max(s - 1, 0), self.small if s == 0 else 0.0, False)]
            if s == 0:
                return [(0.6, 1, 0.0, False), (0.4, 0, 0.0, False)]
            if s == last:
                return [(0.6, last, self.large, False), (0.4, last - 1, 0.0, False)]
            return [(0.35, s + 1, 0.0, False), (0.6, s, 0.0, False), (0.05, s - 1, 0.0, False)]

        return from_outcomes(self.length, 2, outcomes, 0, self.limit)
