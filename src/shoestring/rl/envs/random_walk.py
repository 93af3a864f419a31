"""The random walk: a line of states with an end at either side, and nothing to decide."""

from typing import Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.mdp import FiniteMDP, Outcome, from_outcomes


@component
class RandomWalk:
    """Sutton and Barto, examples 6.2 (5 states) and 7.1 (19 states, -1 at the left end): start in the middle."""

    kind: Literal["random-walk"] = "random-walk"
    length: int = 5
    left: float = 0.0
    """Reward for leaving at the left; leaving at the right gives 1."""

    def __post_init__(self) -> None:
        if self.length < 1 or not self.length % 2:
            raise ValueError(f"length={self.length}: a walk that starts in the middle has an odd number of states")

    def to_mdp(self) -> FiniteMDP:
        """S = length, A = 1: both neighbours with probability 1/2."""

        def outcomes(s: int, a: int) -> list[Outcome]:
            left = (0.5, s, self.left, True) if s == 0 else (0.5, s - 1, 0.0, False)
            right = (0.5, s, 1.0, True) if s == self.length - 1 else (0.5, s + 1, 0.0, False)
            return [left, right]

        return from_outcomes(self.length, 1, outcomes, self.length // 2)

    def true_values(self) -> np.ndarray:
        """V [S] without discount: linear between the two ends."""
        return self.left + (1 - self.left) * np.arange(1, self.length + 1) / (self.length + 1)
