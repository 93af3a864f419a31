"""What the activations of a real network do while it runs: statistics, saturation, and units that are dead."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from shoestring.activations.facts import SMALL_SLOPE

FUNCTIONS: Mapping[Any, str] = {
    functional.threshold: "threshold", functional.relu: "relu", torch.relu: "relu", Tensor.relu: "relu",
    torch.relu_: "relu", Tensor.relu_: "relu", functional.relu6: "relu6", functional.leaky_relu: "leaky_relu",
    functional.prelu: "prelu", functional.rrelu: "rrelu", functional.elu: "elu", functional.celu: "celu",
    functional.selu: "selu", functional.gelu: "gelu", functional.silu: "silu", functional.mish: "mish",
    functional.hardswish: "hardswish", torch.sigmoid: "sigmoid", Tensor.sigmoid: "sigmoid",
    functional.sigmoid: "sigmoid", functional.hardsigmoid: "hardsigmoid", functional.logsigmoid: "logsigmoid",
    functional.softplus: "softplus", torch.tanh: "tanh", Tensor.tanh: "tanh", functional.tanh: "tanh",
    functional.hardtanh: "hardtanh", functional.tanhshrink: "tanhshrink", functional.softsign: "softsign",
    functional.softshrink: "softshrink", functional.hardshrink: "hardshrink",
}  # fmt: skip
"""Calls that are seen, whether a module makes them or the forward method itself."""


@dataclass
class Seen:
    """All calls of one function in one module."""

    module: str
    """Its path in the model; empty for the model itself."""
    function: str
    calls: int = 0
    elements: int = 0
    total: float = 0.0
    squares: float = 0.0
    zeros: int = 0
    saturated: int = 0
    alive: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.bool))
    """For each unit, whether its slope was ever different from 0."""

    @property
    def mean(self) -> float:
        """Of the outputs."""
        return self.total / self.elements

    @property
    def deviation(self) -> float:
        """Standard deviation of the outputs."""
        return max(0.0, self.squares / self.elements - self.mean**2) ** 0.5

    @property
    def dead(self) -> list[int]:
        """Units whose slope was 0 for everything that was seen: they cannot have learned from it."""
        return torch.nonzero(~self.alive).flatten().tolist()

    def document(self) -> dict[str, Any]:
        """For JSON; ``zeros`` and ``saturated`` as shares of the elements."""
        return {
            "module": self.module, "function": self.function, "calls": self.calls, "elements": self.elements,
            "units": len(self.alive), "dead": self.dead, "mean": self.mean, "deviation": self.deviation,
            "zeros": self.zeros / self.elements, "saturated": self.saturated / self.elements,
        }  # fmt: skip


class _Watch:
    """Where the model is, and what was seen there."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.seen: dict[tuple[str, str], Seen] = {}

    def note(self, name: str, function: Callable[..., Tensor], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        x, *rest = args if args else (kwargs.pop("input"),)
        kwargs.pop("inplace", None)
        # Encoders run in inference mode, whose tensors know no gradients.
        with torch.inference_mode(False), torch.enable_grad():
            # On a copy: the call itself may overwrite its input, and the caller's graph stays as it is.
            at = x.detach().clone().requires_grad_()
            y = _PURE.get(function, function)(at, *_without_inplace(function, rest), **kwargs)
            (slope,) = torch.autograd.grad(y.sum(), at)
        place = self.path[-1] if self.path else ""
        found = self.seen.setdefault((place, name), Seen(place, name))
        y = y.detach().double()
        found.calls += 1
        found.elements += y.numel()
        found.total += float(y.sum())
        found.squares += float(y.square().sum())
        found.zeros += int((y == 0).sum())
        found.saturated += int((slope.abs() < SMALL_SLOPE).sum())
        alive = by_unit(slope != 0)
        found.alive = alive if found.alive.shape != alive.shape else found.alive | alive


class _Mode(TorchFunctionMode):
    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self.watch = watch

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = FUNCTIONS.get(func)
        if name is not None:
            self.watch.note(name, func, args, dict(kwargs or {}))
        return func(*args, **(kwargs or {}))


def probe_model(model: nn.Module, run: Callable[[], object]) -> list[Seen]:
    """Run ``run``, which calls ``model``, and report each elementwise activation in the order of its first call.

    Units are the channels (axis 1) of what has four or more axes, else the entries of the last axis. Calls inside fused
    kernels, such as the gates of ``nn.LSTM``, are not seen. The model's results and gradients are not changed.
    """
    watch = _Watch()
    with _named(model, watch), _Mode(watch):
        run()
    return list(watch.seen.values())


def by_unit(alive: Tensor) -> Tensor:
    """``alive`` [..] as one flag a unit: whether it was true anywhere."""
    if alive.ndim == 0:
        return alive.reshape(1)
    axis = 1 if alive.ndim >= 4 else alive.ndim - 1
    return alive.movedim(axis, 0).flatten(1).any(1) if alive.ndim > 1 else alive


@contextmanager
def _named(model: nn.Module, watch: _Watch) -> Iterator[None]:
    handles = []
    for path, module in model.named_modules():
        handles.append(module.register_forward_pre_hook(lambda _m, _a, path=path: watch.path.append(path)))
        handles.append(module.register_forward_hook(lambda _m, _a, _o: _pop(watch), always_call=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _pop(watch: _Watch) -> None:
    watch.path.pop()


_PURE: Mapping[Any, Callable[..., Tensor]] = {torch.relu_: torch.relu, Tensor.relu_: torch.relu}
_INPLACE_AT = {
    functional.relu: 0, functional.relu6: 0, functional.selu: 0, functional.silu: 0, functional.mish: 0,
    functional.hardswish: 0, functional.hardsigmoid: 0, functional.leaky_relu: 1, functional.elu: 1,
    functional.celu: 1, functional.hardtanh: 2, functional.threshold: 2, functional.rrelu: 3,
}  # fmt: skip
"""Which positional argument after the input is ``inplace``."""


def _without_inplace(function: Any, rest: list[Any]) -> list[Any]:
    at = _INPLACE_AT.get(function)
    return rest if at is None else [False if number == at else value for number, value in enumerate(rest)]
