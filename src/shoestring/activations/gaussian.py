"""Expectations under N(0, 1) by Gauss-Legendre panels that end at the breaks of a curve."""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from shoestring.activations.curves import Array, Curve

REACH = 13.0
"""Beyond it lies 1e-38 of the probability."""
PANEL, ORDER = 0.5, 24


def nodes(breaks: tuple[float, ...]) -> tuple[Array, Array]:
    """Places and weights, both [K], such that ``weights @ g(places)`` is E g(x) for g smooth between ``breaks``."""
    inside = [b for b in breaks if -REACH < b < REACH]
    ends = np.array([-REACH, *inside, REACH])
    edges = [np.linspace(a, b, max(2, int(np.ceil((b - a) / PANEL)) + 1)) for a, b in zip(ends, ends[1:], strict=False)]
    points, weights = np.polynomial.legendre.leggauss(ORDER)
    places, masses = [], []
    for part in edges:
        middle, half = (part[1:] + part[:-1]) / 2, np.diff(part) / 2
        places.append((middle[:, None] + half[:, None] * points).ravel())
        masses.append((half[:, None] * weights).ravel())
    x = np.concatenate(places)
    return x, np.concatenate(masses) * np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


def expectation(curve: Curve, of: Callable[[Array], Array]) -> float:
    """E of(x), x ~ N(0, 1), where ``of`` breaks only where ``curve`` does."""
    x, weights = nodes(curve.breaks)
    return float(weights @ of(x))


def variance_map(curve: Curve, q: float) -> float:
    """E f(sqrt(q) x)^2: what a layer makes of a signal of variance ``q`` > 0, before its weights."""
    root = np.sqrt(q)
    x, weights = nodes(tuple(b / root for b in curve.breaks))
    return float(weights @ curve.value(root * x) ** 2)


def probability(low: float, high: float) -> float:
    """P(low < x < high); either end may be infinite."""
    # In the left tail, where the distribution function keeps its digits.
    return float(ndtr(-low) - ndtr(-high)) if low > 0 else float(ndtr(high) - ndtr(low))
