"""A curve as plain numbers: what the command line prints, REST answers and the pictures draw."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from shoestring.activations.catalog import Entry
from shoestring.activations.curves import Array, Curve
from shoestring.activations.facts import JUMP, Facts, facts
from shoestring.activations.specs import Spec
from shoestring.core.errors import BadDataError

MOST_POINTS = 2001
NEXT = 1e-9
"""How far beside a break its two sides are sampled."""


def places(curve: Curve, low: float, high: float, points: int) -> Array:
    """``points`` places from ``low`` to ``high``, and for each break inside also itself and its two sides.

    Raises:
        BadDataError: ``low`` is not below ``high``, one of them is beyond 1,000, or ``points`` is not in 2..2001.
    """
    if not (math.isfinite(low) and math.isfinite(high) and -1e3 <= low < high <= 1e3):
        raise BadDataError(f"x: {low:g} to {high:g} is not a range within -1000 to 1000")
    if not 2 <= points <= MOST_POINTS:
        raise BadDataError(f"points: {points} is not between 2 and {MOST_POINTS}")
    near = [b + d for b in curve.breaks if low < b < high for d in (-NEXT * (1 + abs(b)), 0.0, NEXT * (1 + abs(b)))]
    return np.unique(np.concatenate([np.linspace(low, high, points), near]))


def samples(curve: Curve, x: Array) -> dict[str, list[float | None]]:
    """``{"x", "value", "slope", "curvature"}`` at ``x``; None at a break where that one jumps, so that lines part."""
    answer: dict[str, list[float | None]] = {"x": x.tolist()}
    for name, of in (("value", curve.value), ("slope", curve.slope), ("curvature", curve.curvature)):
        column: list[float | None] = of(x).tolist()
        for number, place in enumerate(curve.breaks):
            one = np.array([place])
            left, right = (vars(curve.pieces[number + side])[name](one)[0] for side in (0, 1))
            if abs(right - left) > JUMP:
                column = [None if at == place else value for at, value in zip(x, column, strict=True)]
        answer[name] = [value if value is None or math.isfinite(value) else None for value in column]
    return answer


def facts_document(found: Facts) -> dict[str, Any]:
    """``found`` for JSON: what is infinite becomes None."""
    document = asdict(found)
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in document.items()
    }  # fmt: skip


def curve_document(name: str, curve: Curve, low: float, high: float, points: int) -> dict[str, Any]:
    """Samples and facts of one curve under a name. Raises BadDataError as :func:`places`."""
    return {
        "name": name,
        **samples(curve, places(curve, low, high, points)),
        "facts": facts_document(facts(curve)),
    }  # fmt: skip


def entry_document(entry: Entry) -> dict[str, Any]:
    """What is known of an entry without computing anything."""
    return asdict(entry) | {"fixed": dict(entry.fixed)}


def python_of(spec: Spec) -> str:
    """The module of torch with these parameters, as Python."""
    words = [f"{key}={value:g}" for key, value in spec.values.items()]
    words += [f"{key}={value!r}" for key, value in spec.entry.fixed]
    return f"torch.nn.{spec.entry.module}({', '.join(words)})"
