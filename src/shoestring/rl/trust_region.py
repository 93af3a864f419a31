"""Steps of bounded size in the space that matters: conjugate gradients, curvature products, and a line search.

Source: Schulman et al. 2015 (TRPO), appendix C; Schulman et al. 2016 (GAE), sections 5 and 6.1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shoestring.rl.nets import (
    Layers,
    as_layers,
    layers_of,
    numpy_backward,
    numpy_forward,
    numpy_jacobian,
    numpy_tangent,
)
from shoestring.rl.planning import softmax
from shoestring.rl.policies import Categorical, Gaussian

Product = Callable[[np.ndarray], np.ndarray]
DENSE = 256
"""Up to so many parameters the curvature is written out once: one matrix product is sooner than ten passes."""
VALUE_SLACK = 2.0
"""How far beyond its bound, which holds for the quadratic model, a value step may really move V."""


def conjugate_gradient(product: Product, b: np.ndarray, iterations: int, residual: float = 1e-10) -> np.ndarray:
    """x with ``product(x) = b`` for a positive definite matrix known by its products only; float64.

    Ends after ``iterations``, or when the squared residual falls below ``residual``.
    """
    x = np.zeros(len(b))
    r = b.astype(np.float64)
    p = r.copy()
    squared = r @ r
    for _ in range(iterations):
        if squared < residual:
            break
        image = product(p)
        along = squared / (p @ image)
        x += along * p
        r -= along * image
        squared, before = r @ r, squared
        p = r + squared / before * p
    return x


def fisher_product(policy: Categorical | Gaussian, observation: np.ndarray, damping: float) -> Product:
    r"""v -> (F + damping I) v, with F the Hessian of the mean KL(old || new) at new = old.

    In closed form, :math:`F = \frac1N \sum_n J_n^T M_n J_n` with J the derivative of the distribution's parameters and
    M their Fisher matrix: :math:`\mathrm{diag}(p) - pp^T` for logits, :math:`1/\sigma^2` for means, 2 for log
    deviations.
    Vectors are in the order of ``policy.parameters()``: log deviations first where there are any.
    """
    layers = layers_of(policy.net)
    outputs, seen = numpy_forward(layers, observation)
    p = softmax(outputs) if isinstance(policy, Categorical) else None
    precision = np.exp(-2 * policy.log_deviation.detach().numpy()) if isinstance(policy, Gaussian) else None
    free = 0 if precision is None else len(precision)

    def product(v: np.ndarray) -> np.ndarray:
        out = np.empty(len(v), dtype=np.float32)
        moved = numpy_tangent(layers, seen, as_layers(v[free:].astype(np.float32), layers))
        if p is not None:
            weighted = p * moved
            moved = weighted - p * weighted.sum(axis=1, keepdims=True)
        else:
            moved = moved * precision
            out[:free] = 2 * v[:free]
        numpy_backward(layers, seen, moved / len(observation), as_layers(out[free:], layers))
        return out + damping * v

    return product


def gauss_newton_product(layers: Layers, seen: list[np.ndarray], damping: float) -> Product:
    r"""v -> (H + damping I) v with :math:`H = \frac1N \sum_n j_n j_n^T`, j the gradient of the single output."""
    if sum(weight.size + bias.size for weight, bias in layers) <= DENSE:
        jacobian = numpy_jacobian(layers, seen)
        curvature = (jacobian.T @ jacobian) / len(jacobian)
        return lambda v: curvature @ v.astype(np.float32) + damping * v

    def product(v: np.ndarray) -> np.ndarray:
        out = np.empty(len(v), dtype=np.float32)
        moved = numpy_tangent(layers, seen, as_layers(v.astype(np.float32), layers))
        numpy_backward(layers, seen, moved / len(moved), as_layers(out, layers))
        return out + damping * v

    return product


def scaled_to(step: np.ndarray, product: Product, bound: float) -> np.ndarray:
    r"""``step`` rescaled so that :math:`\frac12 s^T H s` equals ``bound``; zero where the curvature is."""
    curvature = float(step @ product(step))
    return step * np.sqrt(2 * bound / curvature) if curvature > 0 else np.zeros_like(step)


@dataclass(frozen=True)
class Searched:
    """Where a line search ended."""

    accepted: bool
    """Without it the parameters are what they were."""
    fraction: float
    """Of the full step; 0 where nothing was accepted."""
    improvement: float
    divergence: float


def line_search(
    parameters: np.ndarray,
    step: np.ndarray,
    measure: Callable[[], tuple[float, float]],
    *,
    expected: float,
    bound: float,
    shrink: float = 0.5,
    trials: int = 10,
    accept: float = 0.1,
) -> Searched:
    """Move ``parameters`` in place by the first of the steps 1, shrink, shrink^2 .. that is good enough.

    ``measure()`` gives (improvement, divergence) at the present parameters. Good enough: the improvement is at least
    ``accept`` of what the gradient promises (``expected`` for the full step), and the divergence at most ``bound``. If
    none is, the parameters are put back exactly.
    """
    before = parameters.copy()
    for trial in range(trials):
        fraction = shrink**trial
        parameters[:] = before + fraction * step
        improvement, divergence = measure()
        if improvement > 0 and improvement >= accept * fraction * expected and divergence <= bound:
            return Searched(True, fraction, improvement, divergence)
    parameters[:] = before
    return Searched(False, 0.0, 0.0, 0.0)


def value_step(
    layers: Layers,
    parameters: np.ndarray,
    observation: np.ndarray,
    target: np.ndarray,
    *,
    bound: float,
    iterations: int = 10,
    damping: float = 1e-3,
) -> dict[str, float]:
    r"""One trust-region step of a value network towards ``target`` [N]; ``parameters`` is the vector behind ``layers``.

    Minimises the squared error subject to :math:`\frac1N \sum \|V - V_{old}\|^2 / 2\sigma^2 \le \epsilon`, where
    :math:`\sigma^2` is the mean squared error before the step (GAE paper, section 5): :math:`s = -H^{-1} g` by
    conjugate gradients with the Gauss-Newton H, rescaled to the bound. The paper searches no further; here the step is
    halved until the error falls, since far from linear the full step can raise it. Returns the errors before and after,
    how far V moved, and the fraction of the step that was taken.
    """
    predicted, seen = numpy_forward(layers, observation)
    error = predicted[:, 0] - target
    variance = float(np.square(error, dtype=np.float64).mean())
    gradient = np.empty_like(parameters)
    numpy_backward(layers, seen, (error / len(error)).astype(np.float32)[:, None], as_layers(gradient, layers))
    product = gauss_newton_product(layers, seen, damping)
    direction = -conjugate_gradient(product, gradient.astype(np.float64), iterations)
    # The constraint in units of V: half s'Hs may be sigma^2 epsilon. A step that would overshoot the minimum of the
    # quadratic model is cut there, which the rescaling alone does not see.
    step = scaled_to(direction, product, bound * variance)
    if np.linalg.norm(step) > np.linalg.norm(direction):
        step = direction

    def measure() -> tuple[float, float]:
        after = numpy_forward(layers, observation)[0][:, 0]
        moved = float(np.square(after - predicted[:, 0], dtype=np.float64).mean()) / (2 * variance + 1e-30)
        return variance - float(np.square(after - target, dtype=np.float64).mean()), moved

    expected = -2 * float(gradient @ step)
    found = line_search(parameters, step, measure, expected=expected, bound=VALUE_SLACK * bound)
    return {
        "value_loss": variance,
        "value_loss_after": variance - found.improvement,
        "value_moved": found.divergence,
        "value_fraction": found.fraction,
    }
