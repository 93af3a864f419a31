"""Numbers of an earlier measurement of the same functions (torch 2.14), which the gallery must reproduce."""

from collections.abc import Mapping

from shoestring.activations.facts import Facts

COLUMNS = ("gain", "slope_moment", "dead", "saturated", "slope_bound")
ROWS: Mapping[str, tuple[str | None, ...]] = {
    "threshold": ("1.414", ".500", ".500", None, "1"), "relu": ("1.414", ".500", ".500", None, "1"),
    "relu6": ("1.414", ".500", ".500", None, "1"), "leaky_relu": ("1.414", ".500", "0", ".500", "1"),
    "prelu": ("1.372", ".531", "0", None, "1"), "rrelu": ("1.379", ".526", "0", None, "1"),
    "elu": ("1.245", ".668", "0", None, "1"), "celu": ("1.245", ".668", "0", None, "1"),
    "selu": ("1.000", "1.072", "0", None, "1.758"), "gelu": ("1.534", ".456", "0", ".080", "1.129"),
    "gelu_tanh": ("1.534", ".456", "0", ".080", "1.129"), "silu": ("1.677", ".380", "0", ".081", "1.100"),
    "mish": ("1.487", ".479", "0", ".074", "1.089"), "hardswish": ("1.737", ".359", ".0013", ".040", "1.5"),
    "sigmoid": ("1.846", ".045", "0", None, ".25"), "hardsigmoid": ("1.898", ".028", ".0027", None, None),
    "logsigmoid": ("1.042", ".293", "0", None, "1"), "softplus": ("1.042", ".293", "0", None, "1"),
    "tanh": ("1.593", ".464", "0", ".029", "1"), "tanhshrink": ("2.338", ".253", "0", ".180", "1"),
    "hardtanh": ("1.392", ".683", ".317", None, "1"), "softsign": ("2.338", ".228", "0", None, "1"),
    "softshrink": ("1.544", ".617", ".383", None, "1"), "hardshrink": ("1.016", ".617", ".383", None, "1"),
}  # fmt: skip
"""As printed there, in the order of ``COLUMNS``; None where nothing was printed."""


def numbers() -> list[tuple[str, str, str]]:
    """(function, column, printed) of everything that was printed."""
    return [
        (name, column, printed)
        for name, row in ROWS.items()
        for column, printed in zip(COLUMNS, row, strict=True)
        if printed is not None
    ]  # fmt: skip


def disagreements(found: Mapping[str, Facts], units: float = 0.5) -> list[str]:
    """``function column`` of each number that is further from the printed one than ``units`` of its last digit."""
    off = []
    for name, column, printed in numbers():
        digits = len(printed.partition(".")[2])
        # What was printed without digits is exact.
        unit = 10.0**-digits if digits else 1e-9
        if abs(vars(found[name])[column] - float(printed)) > units * unit * (1 + 1e-9):
            off.append(f"{name} {column}")
    return off
