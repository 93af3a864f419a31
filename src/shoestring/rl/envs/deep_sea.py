"""DeepSea: one treasure at the end of the one path in 2^N that a random walk will not find."""

from typing import Literal

from shoestring.core.component import component
from shoestring.rl.mdp import FiniteMDP, Outcome, from_outcomes


@component
class DeepSea:
    """Osband et al. 2019: a diver sinks one row a step and chooses left or right; each step right costs .01 / N.

    Only N steps right in a row reach the treasure of 1: the best return is .99.
    """

    kind: Literal["deep-sea"] = "deep-sea"
    size: int = 10
    """N, the depth."""

    def __post_init__(self) -> None:
        if self.size < 2:
            raise ValueError(f"size={self.size}: the sea needs two rows")

    def to_mdp(self) -> FiniteMDP:
        """S = N * N cells row by row, start 0; A = left, right; an episode ends after N steps."""
        n = self.size

        def outcomes(s: int, a: int) -> list[Outcome]:
            row, column = divmod(s, n)
            reward = -0.01 / n * a + float(a == 1 and column == n - 1 and row == n - 1)
            to = min(row + 1, n - 1) * n + min(max(column + (1 if a else -1), 0), n - 1)
            return [(1.0, to, reward, row == n - 1)]

        return from_outcomes(n * n, 2, outcomes, 0)
