"""Numbers of the activations that are no curves, for the page: a matrix, a surface, channels, or sizes."""

from typing import Any

import numpy as np

from shoestring.activations.catalog import Entry
from shoestring.activations.softmax import (
    adaptive_sizes,
    attention,
    glu,
    log_softmax_jacobian,
    softmax2d,
    softmax_jacobian,
    softmin_jacobian,
)
from shoestring.core.errors import BadDataError

SCORES = (-1.0, 0.0, 1.0, 2.0)
"""The input of all Jacobians."""
ADAPTIVE = (512, 50_000, (2_000, 10_000))
"""Inputs, classes and cutoffs of the example."""


def vector_document(entry: Entry) -> dict[str, Any]:
    """``kind`` (matrix, surface, channels or sizes), ``label`` and the numbers. Raises BadDataError for a curve."""
    at = np.array(SCORES)
    match entry.name:
        case "softmax":
            return _matrix(softmax_jacobian(at), "Jacobian at (-1, 0, 1, 2)")
        case "softmin":
            return _matrix(softmin_jacobian(at), "Jacobian at (-1, 0, 1, 2)")
        case "log_softmax":
            return _matrix(log_softmax_jacobian(at), "Jacobian at (-1, 0, 1, 2)")
        case "multihead_attention":
            draw = np.random.default_rng(0)
            _, weights = attention(*(draw.normal(size=(5, 16)) for _ in range(3)))
            return _matrix(weights, "attention between 5 random positions: rows sum to 1")
        case "glu":
            a = np.linspace(-4, 4, 17)
            value, by_a, by_b = glu(*np.meshgrid(a, a))
            return {
                "kind": "surface", "label": "a sigmoid(b): a to the right, b upwards", "a": a.tolist(), "b": a.tolist(),
                "value": value.tolist(), "by_a": by_a.tolist(), "by_b": by_b.tolist(),
            }  # fmt: skip
        case "softmax2d":
            x = np.linspace(-4, 4, 81)
            out = softmax2d(np.stack([x, np.zeros_like(x), -x])[:, None, :])[:, 0, :]
            return {
                "kind": "channels", "label": "softmax of the channels x, 0 and -x", "x": x.tolist(),
                "channels": out.tolist(),
            }  # fmt: skip
        case "adaptive_log_softmax":
            sizes = adaptive_sizes(*ADAPTIVE)
            names = ["head", *(f"cluster {number}" for number in range(1, len(sizes)))]
            full = [{"name": "full layer", "outputs": ADAPTIVE[1], "weights": ADAPTIVE[0] * ADAPTIVE[1]}]
            parts = [{"name": n, "outputs": o, "weights": w} for n, (o, w) in zip(names, sizes, strict=True)]
            label = "weights; 512 inputs, 50,000 classes, cutoffs 2,000 and 10,000"
            return {"kind": "sizes", "label": label, "parts": full + parts}
    raise BadDataError(f"{entry.name} is a curve")


def _matrix(table: Any, label: str) -> dict[str, Any]:
    return {"kind": "matrix", "label": label, "rows": table.tolist()}
