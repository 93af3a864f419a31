"""Closed forms of the activations that are made of straight lines and a parabola."""

import numpy as np

from shoestring.activations.curves import Array, Curve, Piece, line


def threshold(threshold: float, value: float) -> Curve:
    """``x`` above the threshold, ``value`` up to it."""
    return Curve((line(0, value), line(1)), (threshold,), ("left",))


def relu() -> Curve:
    """max(0, x)."""
    return leaky_relu(0.0)


def relu6() -> Curve:
    """min(max(0, x), 6)."""
    return hardtanh(0.0, 6.0)


def leaky_relu(negative_slope: float) -> Curve:
    """``x`` above 0, ``negative_slope x`` up to it."""
    return Curve((line(negative_slope), line(1)), (0.0,), ("left",))


def prelu(init: float) -> Curve:
    """:func:`leaky_relu` with the learned slope at ``init``."""
    return leaky_relu(init)


def rrelu(lower: float, upper: float) -> Curve:
    """:func:`leaky_relu` with the mean slope, as in evaluation. Raises ValueError for lower > upper."""
    if lower > upper:
        raise ValueError(f"lower {lower:g} is above upper {upper:g}")
    return leaky_relu((lower + upper) / 2)


def rrelu_in_training(
    lower: float, upper: float, *, low: float, high: float, count: int, seed: int
) -> tuple[Array, Array]:
    """``count`` places from ``low`` to ``high`` and what RReLU may return there in training: a new slope for each."""
    draw = np.random.default_rng(seed)
    x = np.sort(draw.uniform(low, high, count))
    return x, np.where(x > 0, x, draw.uniform(lower, upper, count) * x)


def hardtanh(min_val: float, max_val: float) -> Curve:
    """``x`` cut to [min_val, max_val]. Raises ValueError for an empty interval."""
    if min_val >= max_val:
        raise ValueError(f"min_val {min_val:g} is not below max_val {max_val:g}")
    return Curve((line(0, min_val), line(1), line(0, max_val)), (min_val, max_val), ("left", "right"))


def hardsigmoid() -> Curve:
    """x/6 + 1/2 cut to [0, 1]."""
    return Curve((line(0), line(1 / 6, 0.5), line(0, 1)), (-3.0, 3.0), ("left", "right"))


def hardswish() -> Curve:
    """x hardsigmoid(x)."""
    middle = Piece(
        lambda x: x * (x + 3) / 6, lambda x: (2 * x + 3) / 6, lambda x: np.full_like(x, 1 / 3)
    )  # fmt: skip
    return Curve((line(0), middle, line(1)), (-3.0, 3.0), ("left", "right"))


def softshrink(lambd: float) -> Curve:
    """``x`` moved towards 0 by ``lambd``, and 0 within it."""
    return _shrink(lambd, lambd)


def hardshrink(lambd: float) -> Curve:
    """``x`` outside [-lambd, lambd], else 0."""
    return _shrink(lambd, 0.0)


def _shrink(lambd: float, moved: float) -> Curve:
    if lambd == 0:
        return Curve((line(1),))
    return Curve((line(1, moved), line(0), line(1, -moved)), (-lambd, lambd), ("right", "left"))
