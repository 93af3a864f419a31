"""Pairs of vectors with the answer of a person, as a file that a training reads."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.core.files import atomic_write

SCHEMA = "shoestring.lessons/1"
MOST_BYTES = 2**30
FOLDS = 5
LEAST = 10
"""Pairs of each kind without which nothing is learned: with fewer, hardly one of each is held out at a time."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """P pairs of M items."""

    vectors: NDArray[np.float32]
    """[M, D] of length one."""
    pairs: NDArray[np.int64]
    """[P, 2] rows of ``vectors``."""
    same: NDArray[np.bool_]
    """[P]"""
    answers: int
    """How many answers were given for them; more than P where somebody answered again."""
    model: str
    """Fingerprint of what made the vectors."""
    source: str
    """What to load for that."""
    modality: str

    def __len__(self) -> int:
        return len(self.same)

    @property
    def scores(self) -> NDArray[np.float64]:
        """[P] cosines."""
        left, right = (self.vectors[side].astype(np.float64) for side in self.pairs.T)
        return np.asarray((left * right).sum(axis=1))

    @property
    def sha256(self) -> str:
        """Of the content: the same for the same pairs."""
        return hashlib.sha256(self._content()).hexdigest()

    def write(self, folder: Path) -> Path:
        """Write ``HASH.safetensors`` into ``folder``; the same pairs are the same file."""
        content = self._content()
        path = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.safetensors"
        if not path.is_file() or path.read_bytes() != content:
            atomic_write(path, content)
        path.chmod(0o600)
        return path

    @classmethod
    def read(cls, path: Path) -> "Lessons":
        """What :meth:`write` wrote. Raises NotFoundError, BadDataError."""
        if not path.is_file():
            raise NotFoundError(
                f"{path}: not there; such a file is made by `shoestring collection learn` and goes when a row of the "
                "collection is deleted or replaced"
            )
        try:
            if path.stat().st_size > MOST_BYTES:
                raise ValueError(f"larger than {MOST_BYTES:,} bytes")
            with safe_open(path, framework="numpy") as stored:
                head = json.loads((stored.metadata() or {})["lessons"])
                tensors = {name: stored.get_tensor(name) for name in ("vectors", "pairs", "same")}
            if head.pop("schema") != SCHEMA:
                raise ValueError("another schema")
            made = cls(**{**tensors, "same": tensors["same"].astype(bool)}, **head)
            made._check()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError, RecursionError) as error:
            raise BadDataError(f"{path}: no pairs that somebody taught: {error}") from error
        return made

    def _content(self) -> bytes:
        head = {
            "schema": SCHEMA, "answers": self.answers, "model": self.model, "source": self.source,
            "modality": self.modality,
        }  # fmt: skip
        tensors = {
            "vectors": np.ascontiguousarray(self.vectors, np.float32),
            "pairs": np.ascontiguousarray(self.pairs, np.int64), "same": self.same.astype(np.uint8),
        }  # fmt: skip
        return bytes(save(tensors, metadata={"lessons": json.dumps(head)}))

    def _check(self) -> None:
        count = len(self.same)
        if self.vectors.dtype != np.float32 or self.vectors.ndim != 2 or not np.isfinite(self.vectors).all():
            raise ValueError("vectors are not finite float32 rows")
        if self.pairs.dtype != np.int64 or self.pairs.shape != (count, 2) or self.same.shape != (count,):
            raise ValueError("pairs and answers do not fit one another")
        if count and not (self.pairs.min() >= 0 and self.pairs.max() < len(self.vectors)):
            raise ValueError("a pair names a row that is not there")
        if not isinstance(self.answers, int) or self.answers < count:
            raise ValueError("fewer answers than pairs")
        if not all(isinstance(one, str) for one in (self.model, self.source, self.modality)):
            raise ValueError("the model is not named")
