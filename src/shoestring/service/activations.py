"""Routes of the activation gallery. A drawn curve arrives as points: no route accepts code."""

from dataclasses import asdict, field
from functools import lru_cache
from typing import Any

from fastapi import APIRouter

from shoestring.activations.catalog import ENTRIES
from shoestring.activations.curves import Curve
from shoestring.activations.documents import entry_document, facts_document, places, python_of, samples
from shoestring.activations.drawn import curve as drawn_curve
from shoestring.activations.drawn import python_code
from shoestring.activations.facts import facts, torch_gain
from shoestring.activations.piecewise import rrelu_in_training
from shoestring.activations.specs import Spec, parse
from shoestring.activations.vectors import vector_document
from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.service.declared import declares
from shoestring.service.state import Shared

router = APIRouter(prefix="/v1/activations", tags=["activations"])

MOST = 40
SHOTS = 120
"""Random outputs of RReLU that are sent along."""


@component
class CurvesBody:
    """Which curves, and where."""

    f: list[str] = field(default_factory=list)
    """Functions such as gelu or elu:alpha=0.5, at most 40."""
    drawn: list[list[float]] | None = None
    """Points [x, y] of a curve of your own: 2 to 64, within 100 of 0."""
    low: float = -4.0
    high: float = 4.0
    """Range of x, within 1,000 of 0."""
    points: int = 321
    """Places in that range, 2 to 2,001; both sides of each break are added."""
    seed: int = 0
    """Of the random outputs of RReLU."""


@component
class DepthBody:
    """A stack of layers with one activation."""

    f: str = ""
    """The activation; or else ``drawn``."""
    drawn: list[list[float]] | None = None
    """Points [x, y] of a curve of your own."""
    depth: int = 30
    """Layers, 1 to 100."""
    width: int = 256
    """Units a layer, 2 to 512."""
    batch: int = 32
    """Inputs, 2 to 64."""
    init: str = "normal"
    """normal, uniform or orthogonal."""
    norm: str = "none"
    """none, layer, rms or batch: before each activation."""
    gain: float | None = None
    """Weights have deviation gain / sqrt(width); by default the gain that keeps the variance."""
    seed: int = 0


@component
class CostBody:
    """What is timed."""

    f: str
    """An elementwise activation."""


@router.get("")
def list_activations() -> dict[str, Any]:
    """The catalogue: every activation that ``torch.nn`` exports, with formula, parameters and source."""
    return {"activations": [entry_document(entry) for entry in ENTRIES]}


@router.get("/{name}")
def get_activation(name: str) -> dict[str, Any]:
    """One entry with its facts at the default parameters, or with a matrix or a surface where it is no curve."""
    spec = parse(name)
    document = entry_document(spec.entry) | {"spec": spec.text, "python": python_of(spec)}
    if spec.entry.family == "elementwise":
        return document | {"facts": _facts(spec.text)}
    return document | {"example": vector_document(spec.entry)}


@router.post("/curves", openapi_extra=declares("computes", "reads"))
async def curves(service: Shared, body: CurvesBody) -> dict[str, Any]:
    """f, f' and f'' of each function at places of its own, null where one jumps, with its facts.

    A drawn curve comes with the Python that defines it. RReLU comes with random outputs as it makes them in training.
    """
    if len(body.f) > MOST:
        raise BadDataError(f"f: {len(body.f)} functions are more than {MOST}")
    return await service.gate.run(lambda: _curves(body))


@router.post("/depth", openapi_extra=declares("computes", "reads"))
async def depth(service: Shared, body: DepthBody) -> dict[str, Any]:
    """Mean square of the signal in each layer, and of the gradient that comes down to it."""
    if bool(body.f) == bool(body.drawn):
        raise BadDataError("give either f or drawn")
    if body.width > 512 or body.batch > 64:
        raise BadDataError("width and batch are at most 512 and 64 here; shoestring activations depth allows more")
    return await service.gate.run(lambda: _depth(body))


@router.post("/cost", openapi_extra=declares("computes", "reads"))
async def cost(service: Shared, body: CostBody) -> dict[str, Any]:
    """Nanoseconds and kept bytes for each element on the machine of the server, beside those of copying memory."""
    spec = parse(body.f)
    spec.curve()
    return await service.gate.run(lambda: {"name": spec.text, **_cost(spec)})


@lru_cache(maxsize=512)
def _facts(text: str) -> dict[str, Any]:
    spec = parse(text)
    return facts_document(facts(spec.curve())) | {"torch_gain": torch_gain(spec.entry.name, dict(spec.values))}


def _curves(body: CurvesBody) -> dict[str, Any]:
    answer = []
    for text in body.f:
        spec = parse(text)
        one = _sampled(spec.text, spec.curve(), body)
        one |= {"python": python_of(spec), "facts": _facts(spec.text)}
        if spec.entry.name == "rrelu":
            x, y = rrelu_in_training(**spec.values, low=body.low, high=body.high, count=SHOTS, seed=body.seed)
            one["training"] = {"x": x.tolist(), "y": y.tolist()}
        answer.append(one)
    if body.drawn is not None:
        own = drawn_curve(body.drawn)
        found = facts_document(facts(own))
        answer.append(_sampled("drawn", own, body) | {"python": python_code(body.drawn), "facts": found})
    return {"curves": answer}


def _sampled(name: str, curve: Curve, body: CurvesBody) -> dict[str, Any]:
    return {"name": name, **samples(curve, places(curve, body.low, body.high, body.points))}


def _depth(body: DepthBody) -> dict[str, Any]:
    # Here and not above: the catalogue and the curves need no torch.
    from shoestring.activations.depth_probe import probe_depth
    from shoestring.activations.torch_modules import as_torch, build

    if body.drawn is not None:
        own = drawn_curve(body.drawn)
        function, name, gain = as_torch(own), "drawn", facts(own).gain
    else:
        spec = parse(body.f)
        spec.curve()
        function, name, gain = build(spec.entry, spec.values), spec.text, _facts(spec.text)["gain"] or 0.0
    gain = gain if body.gain is None else body.gain
    found = probe_depth(
        function, gain=gain, depth=body.depth, width=body.width, batch=body.batch,
        init=body.init, norm=body.norm, seed=body.seed,  # type: ignore[arg-type]
    )  # fmt: skip
    # JSON has no infinity: where the numbers end, they are null.
    document = {k: [v if abs(v) < 1e300 else None for v in vars(found)[k]] for k in ("forward", "gradient")}
    return {"name": name, "gain": gain, **document, "outside": found.outside}


def _cost(spec: Spec) -> dict[str, Any]:
    from shoestring.activations.cost import measure
    from shoestring.activations.torch_modules import build

    return asdict(measure(build(spec.entry, spec.values).float()))
