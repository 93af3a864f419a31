"""The installed torch: what it exports, its modules for our entries, and its derivatives beside the closed forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from shoestring.activations.catalog import ENTRIES, Entry
from shoestring.activations.curves import Array, Curve

HOMES = ("torch.nn.modules.activation", "torch.nn.modules.adaptive")
"""The modules of torch whose exported classes count as activations."""
Function = Callable[[Tensor], Tensor]


def exported() -> tuple[str, ...]:
    """Names of all activation classes that ``torch.nn`` exports."""
    return tuple(
        sorted(
            name for name, thing in vars(nn).items()
            if isinstance(thing, type) and issubclass(thing, nn.Module) and thing.__module__ in HOMES
        )
    )  # fmt: skip


def uncovered() -> tuple[str, ...]:
    """Exported activations that the catalogue lacks: with a newer torch, entries to write."""
    return tuple(sorted(set(exported()) - {entry.module for entry in ENTRIES}))


def vanished() -> tuple[str, ...]:
    """Entries of the catalogue that the installed torch does not have."""
    return tuple(sorted({entry.module for entry in ENTRIES} - set(exported())))


def build(entry: Entry, values: Mapping[str, float]) -> nn.Module:
    """Torch's own module of an elementwise entry, in float64 and in evaluation mode."""
    kind = vars(nn)[entry.module]
    # PReLU fills its weight on being made: in single precision that would round the value that was asked for.
    words = {"dtype": torch.float64} if entry.name == "prelu" else {}
    module: nn.Module = kind(**values, **dict(entry.fixed), **words)
    return module.double().eval()


@dataclass(frozen=True)
class Agreement:
    """Largest absolute differences over the places that were compared."""

    value: float
    slope: float
    curvature: float | None
    """None where torch has no second derivative."""
    slope_by_differences: float
    curvature_by_differences: float
    """Closed form against central differences of the value, and of the slope."""
    why: str = ""
    """What torch said when asked for the second derivative."""


def derivatives(function: Function, x: Array) -> tuple[Array, Array, Array | None, str]:
    """Value, slope and curvature of an elementwise function at ``x`` [N] by autograd, in float64.

    The curvature is None, with what torch said, where its derivative is not implemented.
    """
    at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    value = function(at)
    (slope,) = torch.autograd.grad(value.sum(), at, create_graph=True)
    curvature, why = np.zeros_like(x), ""
    if slope.requires_grad:
        try:
            (second,) = torch.autograd.grad(slope.sum(), at, allow_unused=True, materialize_grads=True)
            curvature = second.numpy()
        except RuntimeError as error:
            return value.detach().numpy(), slope.detach().numpy(), None, str(error).partition("\n")[0]
    return value.detach().numpy(), slope.detach().numpy(), curvature, why


def compare(curve: Curve, function: Function, x: Array, step: float = 1e-5) -> Agreement:
    """Closed form, autograd and central differences at the places ``x`` that are further than ``step`` from a break."""
    for place in curve.breaks:
        x = x[np.abs(x - place) > 2 * step]
    value, slope, curvature, why = derivatives(function, x)
    by_value = (curve.value(x + step) - curve.value(x - step)) / (2 * step)
    by_slope = (curve.slope(x + step) - curve.slope(x - step)) / (2 * step)
    return Agreement(
        value=_apart(curve.value(x), value), slope=_apart(curve.slope(x), slope),
        curvature=None if curvature is None else _apart(curve.curvature(x), curvature),
        slope_by_differences=_apart(curve.slope(x), by_value),
        curvature_by_differences=_apart(curve.curvature(x), by_slope), why=why,
    )  # fmt: skip


class _ByCurve(torch.autograd.Function):
    """A closed form inside autograd: first derivatives only."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, curve: Curve) -> Tensor:
        places = x.detach().double().numpy()
        ctx.save_for_backward(torch.from_numpy(curve.slope(places)).to(x.dtype))
        return torch.from_numpy(curve.value(places)).to(x.dtype)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, *grads: Tensor) -> tuple[Tensor, None]:
        (slope,) = ctx.saved_tensors  # type: ignore[attr-defined]
        return grads[0] * slope, None


def as_torch(curve: Curve) -> Function:
    """``curve`` as a function of CPU tensors that can be differentiated once."""

    def function(x: Tensor) -> Tensor:
        result: Tensor = _ByCurve.apply(x, curve)
        return result

    return function


def _apart(a: Array, b: Array) -> float:
    return float(np.abs(a - b).max()) if len(a) else 0.0
