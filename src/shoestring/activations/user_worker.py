"""``python -m shoestring.activations.user_worker ANSWER``: examine a function of the user; the request is on stdin."""

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from shoestring.activations.curves import Array, Curve, Piece, Side
from shoestring.activations.depth_probe import probe_depth
from shoestring.activations.documents import curve_document
from shoestring.activations.torch_modules import Function, derivatives
from shoestring.core.errors import BadDataError

GRID = 4001
REACH = 10.0
NOTICEABLE = 1e-3
"""Smaller changes of a slope are not called a kink."""
BESIDE = 1e-9
MOST_BREAKS = 32


def load(file: Path, name: str) -> Function:
    """``name`` of ``file``: a function, a module, or a class of modules that needs no arguments; modules in float64.

    Raises:
        BadDataError: the file raises, or has nothing to call under that name.
    """
    spec = importlib.util.spec_from_file_location("user_curve_file", file)
    if spec is None or spec.loader is None:
        raise BadDataError("not a Python file")
    module = importlib.util.module_from_spec(spec)
    _guarded("loading the file", lambda: spec.loader.exec_module(module))  # type: ignore[union-attr]
    found = vars(module).get(name)
    if isinstance(found, type) and issubclass(found, nn.Module):
        found = _guarded("making the module", found)
    if isinstance(found, nn.Module):
        return found.double().eval()
    if not callable(found):
        raise BadDataError(f"there is no function {name!r} in the file")
    function: Function = found
    return function


def check(function: Function) -> None:
    """Raises BadDataError unless ``function`` is a deterministic, elementwise, differentiable map to finite numbers."""
    x = np.linspace(-REACH, REACH, GRID)
    at = torch.from_numpy(x).requires_grad_()
    y = _guarded("calling it", lambda: function(at))
    if not isinstance(y, torch.Tensor):
        raise BadDataError(f"returned {type(y).__name__} instead of a tensor")
    if y.shape != at.shape:
        raise BadDataError(f"returned the shape {tuple(y.shape)} for an input of shape {tuple(at.shape)}")
    if not y.dtype.is_floating_point:
        raise BadDataError(f"returned {y.dtype} instead of floating-point numbers")
    _finite(x, y.detach().double().numpy(), "value")
    again = _guarded("calling it again", lambda: function(at))
    if not torch.equal(y, again):
        raise BadDataError("two calls with the same input differ: it is random, and has no curve")
    part = _guarded("calling it with a part of the input", lambda: function(at[::7]))
    if part.shape != at[::7].shape or not torch.allclose(part, y[::7], rtol=1e-9, atol=1e-12):
        raise BadDataError("the value at one place depends on the others: it is not elementwise, and has no curve")
    if not y.requires_grad:
        raise BadDataError("not differentiable: autograd cannot follow from the result back to the input")
    (slope,) = _guarded("differentiating it", lambda: torch.autograd.grad(y.sum(), at, allow_unused=True))
    if slope is None:
        raise BadDataError("not differentiable: the result does not depend on the input")
    _finite(x, slope.numpy(), "slope")


def as_curve(function: Function) -> Curve:
    """``function``, after :func:`check`, cut where its value or slope is found to jump.

    A second derivative that torch does not have is taken from central differences of the first.
    """

    def value(x: Array) -> Array:
        with torch.no_grad():
            result: Array = function(torch.from_numpy(np.ascontiguousarray(x))).double().numpy()
        return result

    def slope(x: Array) -> Array:
        return derivatives(function, x)[1]

    def curvature(x: Array) -> Array:
        second = derivatives(function, x)[2]
        return (slope(x + 1e-6) - slope(x - 1e-6)) / 2e-6 if second is None else second

    places = find_breaks(value, slope)
    ends = (-np.inf, *places, np.inf)
    pieces = [
        _inside(value, slope, curvature, a, b) for a, b in zip(ends, ends[1:], strict=False)
    ]  # fmt: skip
    sides: list[Side] = []
    for number, place in enumerate(places):
        x = np.array([place])
        here, left = slope(x)[0], pieces[number].slope(x)[0]
        sides.append("left" if abs(here - left) <= abs(here - pieces[number + 1].slope(x)[0]) else "right")
    return Curve(tuple(pieces), tuple(places), tuple(sides))


def find_breaks(value: Callable[[Array], Array], slope: Callable[[Array], Array]) -> list[float]:
    """Where the slope, or the value, changes more within a cell of a fine grid than beside it; halved until exact."""
    x = np.linspace(-REACH, REACH, GRID) + 0.31 * BESIDE
    step = x[1] - x[0]
    y, s = value(x), slope(x)
    turn = np.abs(np.diff(s))
    leap = np.abs(np.diff(y) - step * (s[1:] + s[:-1]) / 2)
    around = np.maximum(np.pad(turn, 1, mode="edge")[:-2], np.pad(turn, 1, mode="edge")[2:])
    found = []
    for cell in np.flatnonzero((turn > 8 * around + NOTICEABLE) | (leap > NOTICEABLE)):
        low, high = x[cell], x[cell + 1]
        while high - low > 2 * BESIDE:
            middle = (low + high) / 2
            at = np.array([low, middle, high])
            v, d = value(at), slope(at)
            change = np.abs(np.diff(d)) + np.abs(np.diff(v))
            low, high = (low, middle) if change[0] >= change[1] else (middle, high)
        at = np.array([low, high])
        if abs(np.diff(slope(at))[0]) + abs(np.diff(value(at))[0]) > NOTICEABLE:
            # Nearly always a short number was meant.
            place = round(float((low + high) / 2), 7)
            found.append(place if low - BESIDE <= place <= high + BESIDE else float((low + high) / 2))
    if len(found) > MOST_BREAKS:
        raise BadDataError(f"breaks in {len(found)} places; at most {MOST_BREAKS} can be shown")
    return found


def _inside(
    value: Callable[[Array], Array], slope: Callable[[Array], Array], curvature: Callable[[Array], Array],
    low: float, high: float,
) -> Piece:  # fmt: skip
    def kept(of: Callable[[Array], Array]) -> Callable[[Array], Array]:
        return lambda x: of(np.clip(x, low + 2 * BESIDE * (1 + abs(low)) if np.isfinite(low) else low,
                                    high - 2 * BESIDE * (1 + abs(high)) if np.isfinite(high) else high))  # fmt: skip

    probes = np.linspace(max(low, -REACH), min(high, REACH), 101)[1:-1]
    return Piece(kept(value), kept(slope), kept(curvature), flat=not np.any(slope(probes)))


def _guarded(doing: str, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except BadDataError:
        raise
    except Exception as error:
        raise BadDataError(f"{doing} raised {type(error).__name__}: {error}") from error


def _finite(x: Array, y: Array, what: str) -> None:
    bad = ~np.isfinite(y)
    if bad.any():
        raise BadDataError(f"its {what} at x = {x[bad][0]:g} is {y[bad][0]}")


def examine(request: dict[str, Any]) -> dict[str, Any]:
    """The document that was asked for. Raises BadDataError."""
    torch.set_num_threads(1)
    function = load(Path(request["file"]), request["name"])
    check(function)
    curve = as_curve(function)
    document = curve_document(request["name"], curve, request["low"], request["high"], request["points"])
    if request["depth"] is not None:
        gain = document["facts"]["gain"] or 1.0
        document["depth"] = asdict(probe_depth(function, **{"gain": gain, **request["depth"]}))
    return document


def main() -> None:
    """Read the request, write the answer or the error."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    # From here on what the function prints goes to standard error, and must not mix with the result of a command.
    os.dup2(2, 1)
    request = json.loads(sys.stdin.read())
    try:
        document = _guarded("examining it", lambda: examine(request))
    except BadDataError as error:
        document = {"error": str(error)}
    Path(sys.argv[1]).write_text(json.dumps(document), encoding="utf-8")


if __name__ == "__main__":
    main()
