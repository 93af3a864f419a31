"""Does a split leak: is an identity, or the very same item, in two of its parts?"""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Leak:
    """One identity or item that is where it should not be."""

    kind: Literal["identity", "item"]
    value: str
    """The identity, or the hash of the item."""
    rows: Mapping[str, tuple[int, ...]]
    """Where, in each part that has it; at least two parts."""

    def __str__(self) -> str:
        places = ", ".join(f"{part} {_few(rows)}" for part, rows in self.rows.items())
        return f"{self.kind} {self.value} is in {len(self.rows)} parts: {places}"


def identity_leaks(parts: Mapping[str, Iterable[object]]) -> list[Leak]:
    """Identities that are in more than one part, in order of first appearance.

    ``parts``: the identity of each item, by the name of the part ("train", "test"). Names are compared as text, letter
    by letter: 7 and "7" are one identity, "Ann" and "ann" are two.
    """
    return _shared("identity", {part: [str(one) for one in ids] for part, ids in parts.items()})


def item_leaks(parts: Mapping[str, Iterable[bytes | NDArray[np.generic]]]) -> list[Leak]:
    """Items with the same content in more than one part, whatever they are called and whoever they are said to be of.

    Compares :func:`content_hash`; an item that is re-encoded, scaled or shifted is another item.
    """
    return _shared("item", {part: [content_hash(one) for one in items] for part, items in parts.items()})


def content_hash(item: bytes | NDArray[np.generic]) -> str:
    """SHA-256 of the bytes of a file, or of the type, shape and values of an array."""
    if isinstance(item, bytes):
        return hashlib.sha256(item).hexdigest()
    array = np.ascontiguousarray(item)
    digest = hashlib.sha256(f"{array.dtype.newbyteorder('<').str} {array.shape} ".encode())
    digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    return digest.hexdigest()


def _shared(kind: Literal["identity", "item"], parts: Mapping[str, Sequence[str]]) -> list[Leak]:
    found: dict[Hashable, dict[str, list[int]]] = defaultdict(dict)
    for part, values in parts.items():
        for row, value in enumerate(values):
            found[value].setdefault(part, []).append(row)
    return [
        Leak(kind, str(value), {part: tuple(rows) for part, rows in places.items()})
        for value, places in found.items()
        if len(places) > 1
    ]


def _few(rows: Sequence[int]) -> str:
    shown = ", ".join(map(str, rows[:3]))
    return f"(rows {shown}{f' and {len(rows) - 3} more' if len(rows) > 3 else ''})"
