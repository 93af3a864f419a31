"""The map of a collection: a point for every row, kept beside the copy of the vectors until a row changes."""

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.files import atomic_write
from shoestring.similarity.collection.cache import Cached
from shoestring.similarity.collection.collection import Collection
from shoestring.similarity.pairs import Tick
from shoestring.similarity.plane import Method, on_grid, pca_plane, tsne_plane

METHODS: tuple[Method, ...] = ("pca", "tsne")
QUICK = 300
"""Rows up to which a layout takes a moment, and may be waited for."""


@dataclass(frozen=True, eq=False)
class Map:
    """All rows of a collection as they were in one generation."""

    method: Method
    ids: list[str]
    points: NDArray[np.uint16]
    """[N, 2] in a square of 65,536 places a side."""
    variance: float | None
    """Of the principal plane: the share of the variance that it shows."""
    placed: int
    """Of t-SNE: rows that were put among similar ones afterwards; the others were laid out."""
    generation: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON: columns, which are a third of the size of rows."""
        return {
            "method": self.method, "rows": len(self.ids), "variance": self.variance, "placed": self.placed,
            "generation": self.generation, "ids": self.ids, "x": self.points[:, 0].tolist(),
            "y": self.points[:, 1].tolist(),
        }  # fmt: skip


def map_of(
    collection: Collection, method: Method = "tsne", *, seed: int = 0, build: bool = True, tick: Tick | None = None
) -> Map | None:
    """The map of the rows that are there now; None where none is stored and none is to be built.

    ``seed`` draws the rows that t-SNE lays out. ``tick`` is told how many of how many stages are done.
    """
    copy, ids = collection.copy()
    if copy is None:
        return Map(method, [], np.empty((0, 2), np.uint16), None, 0, "")
    found = _read(copy, ids, method, seed)
    if found is not None or not build:
        return found
    if method == "pca":
        points, variance = pca_plane(copy.vectors)
        made = Map(method, ids, on_grid(points), variance, 0, copy.generation)
    else:
        points, placed = tsne_plane(copy.vectors, seed=seed, tick=tick)
        made = Map(method, ids, on_grid(points), None, placed, copy.generation)
    _write(copy.folder, made, seed)
    return made


def _write(folder: Path, made: Map, seed: int) -> None:
    content = np.ascontiguousarray(made.points, "<u2").tobytes()
    head = {
        "rows": len(made.ids), "seed": seed, "variance": made.variance, "placed": made.placed,
        "checksum": zlib.crc32(content),
    }  # fmt: skip
    try:
        atomic_write(folder / f"map-{made.method}.u16", content)
        atomic_write(folder / f"map-{made.method}.json", json.dumps(head))
    except FileNotFoundError:
        # The rows changed meanwhile, and the folder of the older ones is gone.
        return


def _read(copy: Cached, ids: list[str], method: Method, seed: int) -> Map | None:
    try:
        head = json.loads((copy.folder / f"map-{method}.json").read_text(encoding="utf-8"))
        content = (copy.folder / f"map-{method}.u16").read_bytes()
        if (head["rows"], head["seed"], head["checksum"]) != (len(ids), seed, zlib.crc32(content)):
            return None
        points = np.frombuffer(content, "<u2").reshape(len(ids), 2)
        return Map(method, ids, points, head["variance"], int(head["placed"]), copy.generation)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
