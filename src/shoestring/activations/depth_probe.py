"""What a deep stack of one activation does to a signal going up and to a gradient coming down."""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional

from shoestring.activations.torch_modules import Function
from shoestring.core.errors import BadDataError

Init = Literal["normal", "uniform", "orthogonal"]
Norm = Literal["none", "layer", "rms", "batch"]
LIMITS = {"depth": (1, 100), "width": (2, 1024), "batch": (2, 256)}


@dataclass(frozen=True)
class Depths:
    """One number a layer, from the first to the last."""

    forward: tuple[float, ...]
    """Mean square of what enters the activation of each layer."""
    gradient: tuple[float, ...]
    """Mean square of the gradient at the same place, for a gradient of mean square 1 at the top."""
    outside: int | None
    """The first layer (from 1) where one of them is not finite; None when there is none."""


def probe_depth(
    function: Function,
    *,
    gain: float,
    depth: int = 30,
    width: int = 256,
    batch: int = 32,
    init: Init = "normal",
    norm: Norm = "none",
    seed: int = 0,
) -> Depths:
    """A stack of ``depth`` layers ``z = W h``, ``h = function(norm(z))``, in float64, fed with N(0, 1).

    Weights have standard deviation gain / sqrt(width): normal, uniform, or gain times a random orthogonal matrix. The
    first layer's weights have gain 1, so its ``z`` has variance 1.

    Raises:
        BadDataError: a size outside ``LIMITS``, an unknown ``init`` or ``norm``, or a gain that is not above 0.
    """
    for name, value in (("depth", depth), ("width", width), ("batch", batch)):
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise BadDataError(f"{name}: {value} is not between {low} and {high}")
    if init not in get_args(Init) or norm not in get_args(Norm):
        raise BadDataError(f"init {init!r} or norm {norm!r} is unknown: {get_args(Init)}, {get_args(Norm)}")
    if not 0 < gain < 1e6:
        raise BadDataError(
            f"gain: {gain:g} is not a number above 0; a function that is 0 everywhere has none of its own"
        )
    draw = torch.Generator().manual_seed(seed)
    h = torch.randn(batch, width, generator=draw, dtype=torch.float64)
    below = []
    for layer in range(depth):
        z = h @ weights(width, gain if layer else 1.0, init, draw)
        # The graph begins here: what lies below the first layer is not asked for.
        z = z.requires_grad_() if layer == 0 else z
        if z.requires_grad:
            z.retain_grad()
        below.append(z)
        h = function(normalise(z, norm))
    top = torch.randn(h.shape, generator=draw, dtype=torch.float64)
    h.backward(top)
    forward = [float(z.detach().square().mean()) for z in below]
    gradient = [float(z.grad.square().mean()) if z.grad is not None else float("nan") for z in below]
    bad = [
        number for number, pair in enumerate(zip(forward, gradient, strict=True), 1)
        if not all(map(_finite, pair))
    ]  # fmt: skip
    return Depths(tuple(forward), tuple(gradient), bad[0] if bad else None)


def weights(width: int, gain: float, init: Init, draw: torch.Generator) -> Tensor:
    """A matrix [width, width] whose entries have mean square gain^2 / width."""
    if init == "uniform":
        # A uniform distribution on [-a, a] has variance a^2 / 3.
        return (2 * torch.rand(width, width, generator=draw, dtype=torch.float64) - 1) * gain * (3 / width) ** 0.5
    normal = torch.randn(width, width, generator=draw, dtype=torch.float64)
    if init == "normal":
        return normal * gain / width**0.5
    q, r = torch.linalg.qr(normal)
    # Without the signs the result would not be uniform over the orthogonal matrices (Mezzadri 2007).
    return gain * q * torch.sign(torch.diagonal(r))


def normalise(z: Tensor, norm: Norm) -> Tensor:
    """``z`` [batch, width] as the normalisation of that name makes it, without learned weights."""
    match norm:
        case "layer":
            return functional.layer_norm(z, z.shape[1:])
        case "rms":
            return functional.rms_norm(z, z.shape[1:])
        case "batch":
            return functional.batch_norm(z, None, None, training=True)
    return z


def _finite(value: float) -> bool:
    return abs(value) < float("inf")
