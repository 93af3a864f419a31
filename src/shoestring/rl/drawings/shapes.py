"""What a picture of an environment is made of: a few shapes with tones by name, drawn by Pillow or by a browser."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

Tone = Literal["text", "muted", "line", "line-strong", "surface", "sunken", "accent", "good", "bad", "unsure"]
Action = int | np.ndarray | None


class Shape(NamedTuple):
    """``line``: a path through x, y, x, y ... of width ``size``. ``polygon``: the same, filled.
    ``disc``: x, y with radius ``size``. ``text``: centred at x, y, ``size`` high."""

    kind: Literal["line", "polygon", "disc", "text"]
    tone: Tone
    numbers: tuple[float, ...]
    size: float = 1.0
    text: str = ""

    def plain(self) -> list[Any]:
        """As JSON has it: kind, tone, size, numbers, text."""
        return [self.kind, self.tone, round(self.size, 2), [round(float(n), 2) for n in self.numbers], self.text]


@dataclass(frozen=True)
class Drawing:
    """How the states of one environment look. x grows to the right, y downwards."""

    width: float
    height: float
    frame: Callable[[np.ndarray, Action], tuple[Shape, ...]]
    """The shapes of an observation [O] and the action taken on it; None where the episode is over."""
    backdrop: tuple[Shape, ...] = ()
    """What stands still, behind everything."""
    actions: tuple[str, ...] = ()
    """Names of discrete actions; empty where they are numbers, or nobody named them."""
    seconds: float = 0.1
    """How long a step is shown; the environment's own time where it has one."""
    tiles: tuple[str, ...] = ()
    """Of a grid: a letter for each cell, # wall."""
    cell: tuple[int, ...] = ()
    """Of a grid: the number of the cell, row by row, in which each state is shown."""
    words: Callable[[np.ndarray], str] | None = None
    """An observation in words, where the picture does not say everything."""
    text: Callable[[np.ndarray], str] | None = None
    """An observation as lines of letters, where those say it better than dots do."""


def box(tone: Tone, x: float, y: float, width: float, height: float) -> Shape:
    """A filled rectangle."""
    return Shape("polygon", tone, (x, y, x + width, y, x + width, y + height, x, y + height))


def arrow(tone: Tone, x: float, y: float, dx: float, dy: float, *, width: float = 1.2) -> tuple[Shape, ...]:
    """From x, y by dx, dy, with a head; nothing for no length."""
    length = float(np.hypot(dx, dy))
    if length < 1e-6:
        return ()
    along = (dx / length, dy / length)
    head = min(3.5, 0.5 * length)
    tip = (x + dx, y + dy)
    back = (tip[0] - head * along[0], tip[1] - head * along[1])
    side = (-0.6 * head * along[1], 0.6 * head * along[0])
    return (
        Shape("line", tone, (x, y, *back), width),
        Shape("polygon", tone, (*tip, back[0] + side[0], back[1] + side[1], back[0] - side[0], back[1] - side[1])),
    )
