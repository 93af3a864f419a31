"""A curve that somebody drew: points as data, a monotone interpolation between them, and the code that defines it.

Between points: the monotone cubic of Fritsch and Carlson (1980) with the slopes of SciPy's PCHIP, so the curve never
swings beyond what was drawn. Outside: straight on with the slope at the end.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator

from shoestring.activations.curves import Array, Curve, Piece, line
from shoestring.core.errors import BadDataError

MOST, REACH, NEAREST = 64, 100.0, 1e-3


def checked(points: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """``points`` by rising x.

    Raises:
        BadDataError: fewer than 2 or more than 64 points, something that is no pair of numbers within 100 of 0, or two
            points less than 0.001 apart in x.
    """
    if not 2 <= len(points) <= MOST:
        raise BadDataError(f"points: a drawn curve has 2 to {MOST} points, not {len(points)}")
    found = []
    for number, point in enumerate(points):
        if len(point) != 2 or not all(math.isfinite(value) and abs(value) <= REACH for value in point):
            raise BadDataError(f"points[{number}]: {list(point)!r} is not x and y between -{REACH:g} and {REACH:g}")
        found.append((float(point[0]), float(point[1])))
    found.sort()
    for (a, _), (b, _) in zip(found, found[1:], strict=False):
        if b - a < NEAREST:
            raise BadDataError(f"points: two at x = {a:g} are less than {NEAREST:g} apart")
    return found


def coefficients(points: Sequence[Sequence[float]]) -> tuple[Array, Array, Array]:
    """Knots [K], where each piece counts from [K+1], and the pieces' cubic coefficients [K+1, 4], the highest first.

    Raises BadDataError as :func:`checked`.
    """
    x, y = np.array(checked(points)).T
    if len(x) == 2:
        slopes = np.full(2, (y[1] - y[0]) / (x[1] - x[0]))
        inner = np.array([[0.0, 0.0, slopes[0], y[0]]])
    else:
        # A slope that is next to nothing divides to infinity, and one over that is the zero it stands for.
        with np.errstate(over="ignore"):
            interpolated = PchipInterpolator(x, y)
        slopes = interpolated.derivative()(x)
        inner = interpolated.c.T
    left, right = [0.0, 0.0, slopes[0], y[0]], [0.0, 0.0, slopes[-1], y[-1]]
    return x, np.concatenate([[x[0]], x]), np.vstack([left, inner, right])


def curve(points: Sequence[Sequence[float]]) -> Curve:
    """The drawn function. Raises BadDataError as :func:`checked`."""
    knots, starts, table = coefficients(points)
    pieces = [_cubic(start, row) for start, row in zip(starts, table, strict=True)]
    return Curve(tuple(pieces), tuple(knots.tolist()), ("right",) * len(knots))


def python_code(points: Sequence[Sequence[float]], name: str = "drawn") -> str:
    """Python that defines the drawn function for tensors: made of numbers only, whatever was drawn.

    Raises BadDataError as :func:`checked`.
    """
    knots, starts, table = coefficients(points)
    rows = ",\n    ".join(repr([float(value) for value in row]) for row in table)
    return f'''import torch

KNOTS = torch.tensor({knots.tolist()!r}, dtype=torch.float64)
STARTS = torch.tensor({starts.tolist()!r}, dtype=torch.float64)
CUBICS = torch.tensor([
    {rows},
], dtype=torch.float64)


def {name}(x: torch.Tensor) -> torch.Tensor:
    """Monotone cubics between the drawn points, straight lines outside."""
    piece = torch.bucketize(x.detach().double(), KNOTS, right=True)
    a, b, c, d = CUBICS[piece].to(x.dtype).unbind(-1)
    t = x - STARTS[piece].to(x.dtype)
    return ((a * t + b) * t + c) * t + d
'''


def _cubic(start: float, row: Array) -> Piece:
    a, b, c, d = (float(value) for value in row)
    if a == b == 0:
        return line(c, d - c * start)
    return Piece(
        lambda x: ((a * (x - start) + b) * (x - start) + c) * (x - start) + d,
        lambda x: (3 * a * (x - start) + 2 * b) * (x - start) + c,
        lambda x: 6 * a * (x - start) + 2 * b,
    )
