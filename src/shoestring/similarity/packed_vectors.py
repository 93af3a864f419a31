"""A few vectors of one identity in the bytes of a template: floats, or one byte a number."""

import struct
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError

Storage = Literal["float", "bytes"]
Floats = NDArray[np.float64]
_HEAD = struct.Struct("<B3s")
"""Vectors inside, and the first bytes of the matcher's fingerprint."""
_LEVELS = 127


def unit_rows(vectors: NDArray[Any]) -> Floats:
    """Rows [N, D] scaled to length 1 in float64; a row of zeros stays."""
    wide = vectors.astype(np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12))


def pack_vectors(vectors: Floats, fingerprint: str, storage: Storage) -> bytes:
    """Bytes of [1 to 255, D] vectors: 4 for the head, then 4 D or, with ``bytes``, 4 + D for each.

    ``bytes`` rounds to one part in 254 of the range that the numbers of a vector have: those of a unit vector are
    mostly far within one, so each vector spends a range of its own.
    """
    head = _HEAD.pack(len(vectors), bytes.fromhex(fingerprint)[:3])
    if storage == "float":
        return head + vectors.astype("<f4").tobytes()
    ranges = np.abs(vectors).max(axis=1)
    codes = np.round(vectors / np.where(ranges > 0, ranges, 1.0)[:, None] * _LEVELS).astype(np.int8)
    return head + ranges.astype("<f4").tobytes() + codes.tobytes()


def unpack_vectors(payload: bytes, fingerprint: str, storage: Storage, width: int) -> Floats:
    """[N, ``width``] of what :func:`pack_vectors` made; raises BadDataError for anything else."""
    count, maker = _HEAD.unpack_from(payload.ljust(_HEAD.size, b"\0"))
    each = 4 * width if storage == "float" else 4 + width
    if not count or len(payload) != _HEAD.size + count * each or maker != bytes.fromhex(fingerprint)[:3]:
        raise BadDataError("the template is damaged; enrol the person again")
    if storage == "float":
        return np.frombuffer(payload, "<f4", offset=_HEAD.size).reshape(count, -1).astype(np.float64)
    ranges = np.frombuffer(payload, "<f4", count, _HEAD.size).astype(np.float64)
    codes = np.frombuffer(payload, np.int8, offset=_HEAD.size + 4 * count).reshape(count, -1)
    return np.asarray(codes / _LEVELS * ranges[:, None])
