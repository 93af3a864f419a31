"""Functions of vectors with their Jacobians, and the gated and structured ones: pure NumPy formulas."""

import numpy as np

from shoestring.activations.curves import Array
from shoestring.activations.smooth import sigmoid


def softmax(x: Array) -> Array:
    """e^x_i / sum_j e^x_j over the last axis of ``x`` [..., N]."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def log_softmax(x: Array) -> Array:
    """x_i - ln sum_j e^x_j over the last axis."""
    moved = x - x.max(axis=-1, keepdims=True)
    return moved - np.log(np.exp(moved).sum(axis=-1, keepdims=True))


def softmax_jacobian(x: Array) -> Array:
    """diag(s) - s s^T for ``x`` [N]: entry (i, j) is d s_i / d x_j."""
    s = softmax(x)
    return np.diag(s) - np.outer(s, s)


def softmin_jacobian(x: Array) -> Array:
    """That of softmax(-x)."""
    return -softmax_jacobian(-x)


def log_softmax_jacobian(x: Array) -> Array:
    """I - 1 s^T for ``x`` [N]."""
    return np.eye(len(x)) - softmax(x)[None, :]


def softmax2d(x: Array) -> Array:
    """Softmax over the channels of ``x`` [..., C, H, W]."""
    return np.moveaxis(softmax(np.moveaxis(x, -3, -1)), -1, -3)


def glu(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """a sigmoid(b), its derivative with respect to ``a``, and that with respect to ``b``; equal shapes."""
    gate = sigmoid()
    s, ds = (part(np.ravel(b)).reshape(np.shape(b)) for part in (gate.value, gate.slope))
    return a * s, s, a * ds


def attention(query: Array, key: Array, value: Array) -> tuple[Array, Array]:
    """softmax(q k^T / sqrt(D)) v for ``query`` [N, D], ``key`` [M, D] and ``value`` [M, E]; also the weights [N, M]."""
    weights = softmax(query @ key.T / np.sqrt(query.shape[-1]))
    return weights @ value, weights


def adaptive_sizes(
    in_features: int, n_classes: int, cutoffs: tuple[int, ...], div_value: float = 4.0, head_bias: bool = False
) -> list[tuple[int, int]]:
    """For the head and each cluster of AdaptiveLogSoftmaxWithLoss: (outputs, weights)."""
    ends = (*cutoffs, n_classes)
    head = ends[0] + len(cutoffs)
    sizes = [(head, head * (in_features + head_bias))]
    for number, (low, high) in enumerate(zip(ends, ends[1:], strict=False)):
        hidden = int(in_features // div_value ** (number + 1))
        sizes.append((high - low, in_features * hidden + hidden * (high - low)))
    return sizes
