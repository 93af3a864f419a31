"""What a curve does to a signal and to a gradient: numbers, each with a definition."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from shoestring.activations.curves import Array, Curve
from shoestring.activations.gaussian import expectation, probability, variance_map

SMALL_SLOPE = 0.05
JUMP = 1e-6
"""A smaller difference of values is a rounding of the definition (Softplus: 2e-9) and does not count as a jump."""
_REACH, _STEPS = 30.0, 6001


@dataclass(frozen=True)
class Break:
    """One place where a curve is not smooth."""

    x: float
    jump: float
    """f(x+) - f(x-)."""
    left: float
    right: float
    """One-sided slopes."""
    autograd: float
    """The slope that autograd returns at x."""
    curvature_left: float
    curvature_right: float


@dataclass(frozen=True)
class Facts:
    """Expectations are over x ~ N(0, 1)."""

    mean: float
    second_moment: float
    """E f^2."""
    slope_moment: float
    """E f'^2."""
    gain: float
    """1 / sqrt(E f^2): standard deviation of the weights, times sqrt(inputs), that keeps the variance of a signal."""
    chi: float
    """E f'^2 / E f^2: by what each layer multiplies the squared gradient at that gain."""
    length_slope: float
    """d ln E f(sqrt(q) x)^2 / d ln q at q = 1: above 1, what is a little too large grows with every layer."""
    dead: float
    """P(f' = 0)."""
    saturated: float
    """P(|f'| < 0.05)."""
    slope_bound: float
    """Largest |f'| away from jumps."""
    lipschitz: float
    """The same, infinite where f jumps."""
    minimum: tuple[float, float] | None
    """(x, f(x)) of a minimum that is lower than both sides; None for a monotone curve."""
    breaks: tuple[Break, ...]


def facts(curve: Curve) -> Facts:
    """All of them for one curve."""
    mean, square, slope = (
        expectation(curve, of)
        for of in (curve.value, lambda x: curve.value(x) ** 2, lambda x: curve.slope(x) ** 2)
    )  # fmt: skip
    found = breaks(curve)
    bound = slope_bound(curve)
    jumps = any(abs(one.jump) > JUMP for one in found)
    return Facts(
        mean=mean, second_moment=square, slope_moment=slope,
        gain=square**-0.5 if square > 0 else np.inf, chi=slope / square if square > 0 else np.inf,
        length_slope=length_slope(curve), dead=dead(curve), saturated=saturated(curve),
        slope_bound=bound, lipschitz=np.inf if jumps else bound, minimum=minimum(curve), breaks=found,
    )  # fmt: skip


def breaks(curve: Curve) -> tuple[Break, ...]:
    """Both sides of each break."""
    found = []
    for number, place in enumerate(curve.breaks):
        x = np.array([place])
        left, right = curve.pieces[number], curve.pieces[number + 1]
        found.append(
            Break(
                place, float(right.value(x)[0] - left.value(x)[0]), float(left.slope(x)[0]), float(right.slope(x)[0]),
                float(curve.slope(x)[0]), float(left.curvature(x)[0]), float(right.curvature(x)[0]),
            )
        )  # fmt: skip
    return tuple(found)


def length_slope(curve: Curve, step: float = 1e-3) -> float:
    """How strongly the variance of the output follows the variance of the input, at 1."""
    # Of the map and not of the formula below the integral: that would lose what jumps contribute.
    low, high = variance_map(curve, np.exp(-step)), variance_map(curve, np.exp(step))
    return float((np.log(high) - np.log(low)) / (2 * step)) if low > 0 else 0.0


def dead(curve: Curve) -> float:
    """P(f' = 0) over whole pieces."""
    ends = (-np.inf, *curve.breaks, np.inf)
    return sum(
        probability(a, b) for piece, a, b in zip(curve.pieces, ends, ends[1:], strict=False) if piece.flat
    )  # fmt: skip


def saturated(curve: Curve, below: float = SMALL_SLOPE) -> float:
    """P(|f'| < below)."""

    def over(x: float) -> float:
        return float(abs(curve.slope(x)[0]) - below)

    total = 0.0
    ends = (-_REACH, *(b for b in curve.breaks if -_REACH < b < _REACH), _REACH)
    for a, b in zip(ends, ends[1:], strict=False):
        x = np.linspace(a, b, max(3, int(_STEPS * (b - a) / (2 * _REACH))))[1:-1]
        signs = np.sign(np.abs(curve.slope(x)) - below)
        crossings = [brentq(over, x[i], x[i + 1], xtol=1e-13) for i in np.flatnonzero(signs[1:] * signs[:-1] < 0)]
        cuts = [a, *crossings, b]
        for low, high in zip(cuts, cuts[1:], strict=False):
            if over((low + high) / 2) < 0:
                total += probability(low if low > -_REACH else -np.inf, high if high < _REACH else np.inf)
    return total


def slope_bound(curve: Curve) -> float:
    """sup |f'|, one-sided slopes included."""
    x = np.linspace(-_REACH, _REACH, _STEPS)
    size = np.abs(curve.slope(x))
    top = int(size.argmax())
    best = float(size[top])
    if 0 < top < len(x) - 1:
        ends = (x[top - 1], x[top + 1])
        found = minimize_scalar(
            lambda v: -abs(curve.slope(v)[0]), bounds=ends, method="bounded", options={"xatol": 1e-10}
        )  # fmt: skip
        best = max(best, -float(found.fun))
    return max([best, *(max(abs(one.left), abs(one.right)) for one in breaks(curve))])


def minimum(curve: Curve) -> tuple[float, float] | None:
    """The lowest place of a curve that falls and then rises."""
    x = np.linspace(-10.0, 10.0, 4001)
    y: Array = curve.value(x)
    low = int(y.argmin())
    if low in (0, len(x) - 1) or y[0] - y[low] < JUMP or y[-1] - y[low] < JUMP:
        return None
    # A flat bottom has no one lowest place.
    if y[low - 1] == y[low] or y[low + 1] == y[low]:
        return None
    found = minimize_scalar(
        lambda v: curve.value(v)[0], bounds=(x[low - 1], x[low + 1]), method="bounded", options={"xatol": 1e-9}
    )  # fmt: skip
    return float(found.x), float(found.fun)


def torch_gain(name: str, values: dict[str, float]) -> float | None:
    """What ``torch.nn.init.calculate_gain`` recommends; None for the functions that it does not know."""
    slope = values.get("negative_slope", 0.01)
    known = {"sigmoid": 1.0, "tanh": 5 / 3, "relu": 2**0.5, "leaky_relu": (2 / (1 + slope**2)) ** 0.5, "selu": 0.75}
    return known.get(name)
