"""A function of one variable with its first two derivatives in closed form, in pieces between the places it breaks.

Everything here is float64 NumPy. One-sided values at a break are exact, since each piece is evaluated at its own end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Side = Literal["left", "right"]


@dataclass(frozen=True)
class Piece:
    """One formula. Each function maps an array to an array of the same shape."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    curvature: Callable[[Array], Array]
    flat: bool = False
    """Whether the slope is 0 everywhere."""


@dataclass(frozen=True)
class Curve:
    """``len(breaks) + 1`` pieces from left to right."""

    pieces: tuple[Piece, ...]
    breaks: tuple[float, ...] = ()
    """Rising; where the value, the slope or the curvature is not continuous."""
    at: tuple[Side, ...] = ()
    """For each break the side whose formula holds at the break itself, for the value and for what autograd returns."""

    def __post_init__(self) -> None:
        if len(self.pieces) != len(self.breaks) + 1 or len(self.at) != len(self.breaks):
            raise ValueError(f"{len(self.pieces)} pieces, {len(self.breaks)} breaks and {len(self.at)} sides")
        if any(b <= a for a, b in zip(self.breaks, self.breaks[1:], strict=False)):
            raise ValueError(f"breaks {self.breaks} do not rise")

    def value(self, x: ArrayLike) -> Array:
        """f at ``x``, any shape."""
        return self._each(x, [piece.value for piece in self.pieces])

    def slope(self, x: ArrayLike) -> Array:
        """f' at ``x``; at a break, the side that autograd takes."""
        return self._each(x, [piece.slope for piece in self.pieces])

    def curvature(self, x: ArrayLike) -> Array:
        """f'' at ``x``; at a break, the side that autograd takes."""
        return self._each(x, [piece.curvature for piece in self.pieces])

    def piece_of(self, x: ArrayLike) -> NDArray[np.intp]:
        """The number of the piece that holds at each ``x``."""
        x = np.asarray(x, dtype=np.float64)
        found = np.searchsorted(np.array(self.breaks), x, side="right")
        for number, (place, side) in enumerate(zip(self.breaks, self.at, strict=True)):
            found[x == place] = number if side == "left" else number + 1
        return found

    def _each(self, x: ArrayLike, formulas: Sequence[Callable[[Array], Array]]) -> Array:
        x = np.atleast_1d(np.asarray(x, dtype=np.float64))
        result = np.empty_like(x)
        pieces = self.piece_of(x)
        for number in np.unique(pieces):
            inside = pieces == number
            # Only where the formula holds: an exponential that is meant for the left would overflow on the right.
            result[inside] = formulas[number](x[inside])
        return result


def line(slope: float, offset: float = 0.0) -> Piece:
    """``slope x + offset``."""
    return Piece(
        lambda x: slope * x + offset,
        lambda x: np.full_like(x, slope),
        np.zeros_like,
        flat=slope == 0,
    )


def smooth(
    value: Callable[[Array], Array], slope: Callable[[Array], Array], curvature: Callable[[Array], Array]
) -> Curve:
    """A curve of one piece."""
    return Curve((Piece(value, slope, curvature),))
