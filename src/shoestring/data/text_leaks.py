"""Leakage between sets of texts: what is tested must not have been trained on."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Level = Literal["pair", "text"]
_NOT_A_WORD = re.compile(r"[\W_]+")


def normal(text: str) -> str:
    """The form in which two texts count as one: case folded, punctuation and spacing as single blanks."""
    return _NOT_A_WORD.sub(" ", text.casefold()).strip()


def leaks(
    training: Sequence[Sequence[str]], held_out: Sequence[Sequence[str]], level: Level = "pair"
) -> NDArray[np.bool_]:
    """Which rows of ``training`` give away something of ``held_out``; both are columns of texts, [columns][N].

    ``pair``: two of its texts are a held-out pair, in either order. ``text``: any of its texts occurs in the held-out
    rows at all, which is the stricter rule and costs more data.
    """
    rows = [[normal(text) for text in row] for row in zip(*training, strict=True)]
    tested = [[normal(text) for text in row] for row in zip(*held_out, strict=True)]
    if level == "text":
        known = {text for row in tested for text in row if text}
        return np.array([any(text in known for text in row) for row in rows], dtype=bool)
    pairs = {pair for row in tested for pair in _pairs(row)}
    return np.array([any(pair in pairs for pair in _pairs(row)) for row in rows], dtype=bool)


def _pairs(row: Sequence[str]) -> Iterable[frozenset[str]]:
    return (frozenset((a, b)) for i, a in enumerate(row) for b in row[i + 1 :])
