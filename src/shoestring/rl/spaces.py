"""What an observation or an action can be: numbers in a box, or one of n."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Discrete:
    """One of ``0 .. n-1``."""

    n: int


@dataclass(frozen=True)
class Box:
    """``len(low)`` numbers, each between its bounds, which may be infinite."""

    low: tuple[float, ...]
    high: tuple[float, ...]

    def __post_init__(self) -> None:
        if (
            len(self.low) != len(self.high)
            or not self.low
            or any(a >= b for a, b in zip(self.low, self.high, strict=True))
        ):
            raise ValueError(f"a box needs a lower bound below each upper one, not {self.low} and {self.high}")

    @property
    def size(self) -> int:
        """Numbers."""
        return len(self.low)

    def clip(self, value: np.ndarray) -> np.ndarray:
        """``value`` [B, size] inside the bounds, of the same type."""
        return np.clip(value, np.asarray(self.low, value.dtype), np.asarray(self.high, value.dtype))


Space = Discrete | Box
