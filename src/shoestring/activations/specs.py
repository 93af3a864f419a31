"""``elu:alpha=0.5``: how a function with its parameters is named on the command line, in addresses and in REST."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shoestring.activations import piecewise, smooth
from shoestring.activations.catalog import ENTRIES, Entry, find
from shoestring.activations.curves import Curve
from shoestring.core.config import nearest
from shoestring.core.errors import BadDataError, ConfigError

BUILDERS: Mapping[str, Callable[..., Curve]] = {
    "threshold": piecewise.threshold, "relu": piecewise.relu, "relu6": piecewise.relu6,
    "leaky_relu": piecewise.leaky_relu, "prelu": piecewise.prelu, "rrelu": piecewise.rrelu,
    "hardtanh": piecewise.hardtanh, "hardsigmoid": piecewise.hardsigmoid, "hardswish": piecewise.hardswish,
    "softshrink": piecewise.softshrink, "hardshrink": piecewise.hardshrink,
    "elu": smooth.elu, "celu": smooth.celu, "selu": smooth.selu, "gelu": smooth.gelu, "gelu_tanh": smooth.gelu_tanh,
    "silu": smooth.silu, "mish": smooth.mish, "sigmoid": smooth.sigmoid, "logsigmoid": smooth.logsigmoid,
    "softplus": smooth.softplus, "tanh": smooth.tanh, "tanhshrink": smooth.tanhshrink, "softsign": smooth.softsign,
}  # fmt: skip
ELEMENTWISE = tuple(entry for entry in ENTRIES if entry.family == "elementwise")


@dataclass(frozen=True)
class Spec:
    """An entry with values for all of its parameters."""

    entry: Entry
    values: Mapping[str, float]

    @property
    def text(self) -> str:
        """The shortest text that :func:`parse` reads back."""
        changed = [f"{p.name}={self.values[p.name]:g}" for p in self.entry.parameters if self.changed(p.name)]
        return ":".join([self.entry.name, *changed])

    def changed(self, name: str) -> bool:
        """Whether a parameter differs from its default."""
        return any(p.name == name and p.default != self.values[name] for p in self.entry.parameters)

    def curve(self) -> Curve:
        """Its closed form.

        Raises:
            BadDataError: the parameters contradict one another, or the function is not elementwise.
        """
        if self.entry.family != "elementwise":
            raise BadDataError(f"{self.entry.name} is not a function of one number: it has no curve")
        try:
            return BUILDERS[self.entry.name](**self.values)
        except ValueError as error:
            raise BadDataError(f"{self.entry.name}: {error}") from error


def parse(text: str) -> Spec:
    """``NAME`` or ``NAME:parameter=number[:...]``.

    Raises:
        NotFoundError: no such function.
        ConfigError: no such parameter, or a value that is no number or outside of its range.
    """
    name, *assignments = text.strip().split(":")
    entry = find(name)
    values = {p.name: p.default for p in entry.parameters}
    for assignment in assignments:
        key, equals, number = assignment.partition("=")
        parameter = next((p for p in entry.parameters if p.name == key), None)
        if parameter is None or not equals:
            known = [p.name for p in entry.parameters]
            listed = f"it takes {', '.join(known)}" if known else "it takes none"
            raise ConfigError(f"{entry.name}: no parameter {key[:40]!r}{nearest(key, known)}; {listed}")
        try:
            value = float(number)
        except ValueError:
            raise ConfigError(f"{entry.name}: {key}={number[:40]!r} is not a number") from None
        if not parameter.low <= value <= parameter.high:
            raise ConfigError(
                f"{entry.name}: {key}={value:g} is not between {parameter.low:g} and {parameter.high:g}"
            )  # fmt: skip
        values[key] = value
    return Spec(entry, values)


def default(entry: Entry) -> Spec:
    """``entry`` with its defaults."""
    return Spec(entry, {p.name: p.default for p in entry.parameters})


def sweep(spec: Spec, parameter: str, values: tuple[float, ...]) -> list[Spec]:
    """``spec`` once for each value of one parameter. Raises as :func:`parse`."""
    kept = {key: value for key, value in spec.values.items() if key != parameter}
    others = "".join(f":{key}={value!r}" for key, value in kept.items())
    return [parse(f"{spec.entry.name}{others}:{parameter}={value!r}") for value in values]
