"""Closed forms of the activations that use exponentials, with their first two derivatives."""

import numpy as np
from scipy.special import expit, log_ndtr

from shoestring.activations.curves import Array, Curve, Piece, line, smooth

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""Klambauer et al. 2017, equation 14, to double precision."""
_ROOT = np.sqrt(2 / np.pi)
_CUBE = 0.044715


def elu(alpha: float) -> Curve:
    """``x`` above 0, alpha (e^x - 1) up to it."""
    return _exponential_left(alpha, 1.0, 1.0)


def celu(alpha: float) -> Curve:
    """``x`` above 0, alpha (e^(x / alpha) - 1) up to it."""
    return _exponential_left(alpha, alpha, 1.0)


def selu() -> Curve:
    """:func:`elu` with the alpha and the scale that keep mean 0 and variance 1."""
    return _exponential_left(SELU_ALPHA, 1.0, SELU_SCALE)


def gelu() -> Curve:
    """x Phi(x)."""
    return smooth(
        lambda x: x * _cdf(x), lambda x: _cdf(x) + x * _density(x), lambda x: (2 - x * x) * _density(x)
    )  # fmt: skip


def gelu_tanh() -> Curve:
    """x/2 (1 + tanh u) with u = sqrt(2/pi) (x + 0.044715 x^3)."""

    def parts(x: Array) -> tuple[Array, Array, Array, Array]:
        u = _ROOT * (x + _CUBE * x**3)
        return np.tanh(u), _sech2(u), _ROOT * (1 + 3 * _CUBE * x * x), 6 * _ROOT * _CUBE * x

    def value(x: Array) -> Array:
        return 0.5 * x * (1 + parts(x)[0])

    def slope(x: Array) -> Array:
        t, s, du, _ = parts(x)
        return 0.5 * (1 + t) + 0.5 * x * s * du

    def curvature(x: Array) -> Array:
        t, s, du, ddu = parts(x)
        return s * du + 0.5 * x * s * (ddu - 2 * t * du * du)

    return smooth(value, slope, curvature)


def silu() -> Curve:
    """x sigmoid(x)."""
    return smooth(
        lambda x: x * expit(x),
        lambda x: expit(x) + x * _bell(x),
        lambda x: _bell(x) * (2 + x * (1 - 2 * expit(x))),
    )


def mish() -> Curve:
    """x tanh(softplus(x))."""

    def parts(x: Array) -> tuple[Array, Array, Array]:
        p, s = np.logaddexp(0, x), expit(x)
        w, h = np.tanh(p), _sech2(p)
        return w, h * s, h * (_bell(x) - 2 * w * s * s)

    def slope(x: Array) -> Array:
        w, first, _ = parts(x)
        return w + x * first

    def curvature(x: Array) -> Array:
        _, first, second = parts(x)
        return 2 * first + x * second

    return smooth(lambda x: x * parts(x)[0], slope, curvature)


def sigmoid() -> Curve:
    """1 / (1 + e^-x)."""
    return smooth(expit, _bell, lambda x: _bell(x) * (1 - 2 * expit(x)))


def logsigmoid() -> Curve:
    """-ln(1 + e^-x)."""
    return smooth(lambda x: -np.logaddexp(0, -x), lambda x: expit(-x), lambda x: -_bell(x))


def softplus(beta: float, threshold: float) -> Curve:
    """ln(1 + e^(beta x)) / beta, and ``x`` where beta x is above the threshold."""
    left = Piece(
        lambda x: np.logaddexp(0, beta * x) / beta, lambda x: expit(beta * x), lambda x: beta * _bell(beta * x)
    )  # fmt: skip
    return Curve((left, line(1)), (threshold / beta,), ("left",))


def tanh() -> Curve:
    """tanh(x)."""
    return smooth(np.tanh, _sech2, lambda x: -2 * np.tanh(x) * _sech2(x))


def tanhshrink() -> Curve:
    """x - tanh(x)."""
    return smooth(lambda x: x - np.tanh(x), lambda x: np.tanh(x) ** 2, lambda x: 2 * np.tanh(x) * _sech2(x))


def softsign() -> Curve:
    """x / (1 + |x|)."""
    left = Piece(lambda x: x / (1 - x), lambda x: 1 / (1 - x) ** 2, lambda x: 2 / (1 - x) ** 3)
    right = Piece(lambda x: x / (1 + x), lambda x: 1 / (1 + x) ** 2, lambda x: -2 / (1 + x) ** 3)
    return Curve((left, right), (0.0,), ("left",))


def _exponential_left(alpha: float, width: float, scale: float) -> Curve:
    left = Piece(
        lambda x: scale * alpha * np.expm1(x / width),
        lambda x: scale * alpha / width * np.exp(x / width),
        lambda x: scale * alpha / width**2 * np.exp(x / width),
        flat=alpha == 0,
    )
    return Curve((left, line(scale)), (0.0,), ("left",))


def _density(x: Array) -> Array:
    return np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


def _cdf(x: Array) -> Array:
    return np.exp(log_ndtr(x))


def _bell(x: Array) -> Array:
    return expit(x) * expit(-x)


def _sech2(x: Array) -> Array:
    # 4 s(2x) s(-2x) keeps its digits where 1 - tanh^2 has lost them, and does not overflow as cosh does.
    return 4 * expit(2 * x) * expit(-2 * x)
