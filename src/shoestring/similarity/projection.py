"""A matrix on top of a model: vectors of the same width, in which other things are alike."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from shoestring.core.errors import BadDataError
from shoestring.core.files import write_json
from shoestring.core.folder import read_json_object

SCHEMA = "shoestring.model/1"
HEAD, WEIGHTS = "shoestring.json", "model.safetensors"
KIND = "projected"
Vectors = NDArray[np.float32]


class Base(Protocol):
    """What makes the vectors that are projected."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def modality(self) -> str: ...

    def encode(self, items: Sequence[Any], /) -> Vectors:
        """One vector [N, D] for each item."""
        ...


@dataclass(frozen=True, eq=False)
class Projection:
    """What was learned, without the model below it."""

    matrix: Vectors
    """[D, D] A: a vector v becomes A v."""
    model: str
    """Fingerprint of what makes the vectors v."""
    source: str
    """What to load for that: a run, a folder or the name of a packaged model."""
    modality: str
    title: str = ""

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of the model below and of every bit of the matrix."""
        matrix = np.ascontiguousarray(self.matrix, "<f4")
        return hashlib.sha256(f"{KIND} {self.model}\n".encode() + matrix.tobytes()).hexdigest()[:16]

    def write(self, folder: Path) -> None:
        """The files of a model folder, into an empty folder."""
        save_file({"matrix": np.ascontiguousarray(self.matrix, np.float32)}, folder / WEIGHTS)
        write_json(folder / HEAD, {
            "schema": SCHEMA, "kind": KIND, "modality": self.modality, "title": self.title, "width": len(self.matrix),
            "base": self.source, "base_fingerprint": self.model, "fingerprint": self.fingerprint,
        })  # fmt: skip

    @classmethod
    def read(cls, folder: Path) -> "Projection":
        """What :meth:`write` wrote. Raises BadDataError, naming the file, for anything else."""
        head = read_json_object(folder / HEAD)
        names = ("base", "base_fingerprint", "modality", "title")
        if head.get("kind") != KIND or not all(isinstance(head.get(name), str) for name in names):
            raise BadDataError(f"{folder / HEAD}: not a projection")
        try:
            matrix = load_file(folder / WEIGHTS)["matrix"]
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise BadDataError(f"{folder / WEIGHTS}: damaged: {error}") from error
        if (
            matrix.dtype != np.float32
            or matrix.ndim != 2
            or len(set(matrix.shape)) > 1
            or not np.isfinite(matrix).all()
        ):
            raise BadDataError(f"{folder / WEIGHTS}: not a square matrix of finite float32 numbers")
        made = cls(matrix, head["base_fingerprint"], head["base"], head["modality"], head["title"])
        if made.fingerprint != head.get("fingerprint"):
            raise BadDataError(
                f"{folder}: the matrix is not the one of {HEAD}: the folder was changed after it was saved"
            )
        return made


class Projected:
    """A model and a projection as one encoder; what :func:`shoestring.load` returns for ``learn from these``."""

    kind = KIND

    def __init__(self, base: Base, projection: Projection) -> None:
        """Raises BadDataError when ``base`` is not the model that the projection was learned on."""
        if base.fingerprint != projection.model:
            raise BadDataError(
                f"{projection.source}: has the fingerprint {base.fingerprint}, the projection was learned on "
                f"{projection.model}: it was trained again or replaced"
            )
        self.base, self.projection = base, projection
        self.modality, self.title, self.fingerprint = projection.modality, projection.title, projection.fingerprint
        self.width = len(projection.matrix)
        """Numbers of a vector."""

    def encode(self, items: Sequence[Any]) -> Vectors:
        """Unit vectors float32 [N, ``width``]; zeros where the model below has zeros."""
        return project(self.base.encode(items), self.projection.matrix)


def project(vectors: Vectors, matrix: Vectors) -> Vectors:
    """``A v`` for each row v of ``vectors`` [N, D], scaled to length one; rows of zeros stay zero.

    Raises BadDataError for vectors of another width.
    """
    if vectors.shape[1] != matrix.shape[1]:
        raise BadDataError(f"vectors of {vectors.shape[1]} numbers, the projection takes {matrix.shape[1]}")
    made = vectors.astype(np.float64) @ matrix.astype(np.float64).T
    length = np.linalg.norm(made, axis=1, keepdims=True)
    return np.asarray(np.divide(made, length, out=np.zeros_like(made), where=length > 0), np.float32)
