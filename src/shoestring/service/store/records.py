"""What the store hands out, and how captures are written."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row

from shoestring.service.store.tables import SIGNATURE, unmarked
from shoestring.similarity.templates import Template


@dataclass(frozen=True)
class Person:
    """One enrolled person."""

    name: str
    model: str | None
    consent: str | None
    created: float
    """Seconds since the epoch."""
    samples: int
    """Genuine ones."""
    forgeries: int
    template_bytes: int | None
    """Size of what is stored of the identity; None before the first sample."""
    consented: float | None
    """When the consent was last written down; None for consents of an older store."""
    one_to_many: bool
    """Whether the person agreed to be looked for among everybody who is enrolled."""
    pictures: int
    """How many of the genuine samples are pictures."""


@dataclass(frozen=True)
class Sample:
    """One signature of a person, or a forgery of it, or one picture."""

    id: str
    genuine: bool
    pointer: str
    """What a signature was drawn with; where a picture came from."""
    points: int
    """Of a signature; pixels of the side of a picture's crop."""
    created: float
    capture: Mapping[str, Any] | None = None
    """``{"strokes": page JSON, "capture": notes}``, without strokes for pictures; where asked for."""
    modality: str = SIGNATURE
    maker: str | None = None
    """Fingerprint of the encoder that made ``vector``."""
    kept: bool = False
    """Whether the picture itself is stored."""
    vector: NDArray[np.float32] | None = None
    """[D], where asked for."""
    image: bytes | None = None
    """PNG of the crop, where asked for and kept."""


@dataclass(frozen=True, kw_only=True)
class NewSample:
    """What is kept of one item, whatever its modality."""

    modality: str = SIGNATURE
    pointer: str
    points: int
    capture: Mapping[str, Any]
    trace: bytes
    """What tells a copy of it."""
    maker: str | None = None
    vector: NDArray[np.float32] | None = None
    image: bytes | None = None

    def row(self) -> dict[str, Any]:
        """Columns of ``samples``."""
        return {
            "modality": self.modality, "pointer": self.pointer, "points": self.points, "capture": pack(self.capture),
            "trace": self.trace, "maker": self.maker, "image": self.image,
            "vector": None if self.vector is None else self.vector.astype("<f4").tobytes(),
        }  # fmt: skip


@dataclass(frozen=True)
class Enrolment:
    """What a verification needs to know of a person."""

    template: Template | None
    genuine: tuple[str, ...]
    """Ids of the samples that the template is made of, oldest first."""
    pointers: frozenset[str]
    """Kinds of device that the genuine samples were drawn with."""
    traces: Mapping[str, bytes]
    """What tells a copy of each sample, forgeries included: see the modality."""


def pack(capture: Mapping[str, Any]) -> bytes:
    """A capture as it is stored: compressed JSON."""
    return zlib.compress(json.dumps(capture, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(), 6)


def unpack(stored: bytes) -> dict[str, Any]:
    """What :func:`pack` was given."""
    capture: dict[str, Any] = json.loads(zlib.decompress(stored))
    return capture


def person_of(row: Row[Any]) -> Person:
    """A row of the query over people as a record."""
    values = {field: getattr(row, field) for field in Person.__dataclass_fields__ if field != "name"}
    return Person(name=unmarked(row.name), **values)


def sample_of(row: Row[Any], captures: bool = False) -> Sample:
    """A row of ``samples`` as a record; the query names ``image`` or, instead of it, ``kept``."""
    told = {"modality": row.modality, "maker": row.maker}
    if not captures:
        return Sample(row.id, row.genuine, row.pointer, row.points, row.created, kept=bool(row.kept), **told)
    vector = None if row.vector is None else np.frombuffer(row.vector, "<f4")
    return Sample(
        row.id, row.genuine, row.pointer, row.points, row.created, kept=row.image is not None,
        capture=unpack(row.capture), vector=vector, image=row.image, **told,
    )  # fmt: skip
