"""Ink paths as bytes: what a template of reference signatures stores, twelve bytes a sample with pressure and tilt."""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.data.pen_features_modern import Floats, InkPath

_HEAD = struct.Struct("<HBfffff")
"""Samples, optional channels, origin x and y, half range, first and last time."""
_PRESSURE, _TILT = 1, 2
_LEVELS = 32_767


def pack(paths: Sequence[InkPath]) -> bytes:
    """The paths with 16 bits a value: coordinates to 1 / 65,534 of the larger extent, so finer than any tablet."""
    return b"".join(_pack(path) for path in paths)


def unpack(data: bytes) -> list[InkPath]:
    """Read what :func:`pack` wrote; raises :class:`BadDataError` on anything else."""
    paths: list[InkPath] = []
    place = 0
    while place < len(data):
        try:
            count, channels, *numbers = _HEAD.unpack_from(data, place)
        except struct.error as error:
            raise BadDataError(f"the template is cut off: {error}; enrol the person again") from error
        place += _HEAD.size
        columns = 3 + bool(channels & _PRESSURE) + 2 * bool(channels & _TILT)
        size = 2 * columns * count
        whole = count >= 2 and channels in (0, 1, 2, 3) and np.isfinite(numbers).all() and place + size <= len(data)
        if not whole:
            raise BadDataError("the template is damaged; enrol the person again")
        codes = np.frombuffer(data, dtype="<i2", count=columns * count, offset=place).reshape(columns, count)
        paths.append(_path(codes, channels, numbers))
        place += size
    return paths


def _pack(path: InkPath) -> bytes:
    centre = [(c.max() + c.min()) / 2 for c in (path.x, path.y)]
    half = max(np.ptp(path.x), np.ptp(path.y)) / 2 or 1.0
    first, last = float(path.seconds[0]), float(path.seconds[-1])
    rows = [_code((path.x - centre[0]) / half), _code((path.y - centre[1]) / half),
            _code((path.seconds - first) / max(last - first, 1e-9) * 2 - 1)]  # fmt: skip
    channels = 0
    if path.pressure is not None:
        channels |= _PRESSURE
        rows.append(_code(path.pressure * 2 - 1))
    if path.tilt_x is not None and path.tilt_y is not None:
        channels |= _TILT
        rows += [_code(path.tilt_x), _code(path.tilt_y)]
    return _HEAD.pack(len(path), channels, *centre, half, first, last) + np.stack(rows).tobytes()


def _path(codes: NDArray[np.int16], channels: int, numbers: Sequence[float]) -> InkPath:
    x0, y0, half, first, last = numbers
    rows = list(codes.astype(np.float64) / _LEVELS)
    pressure: Floats | None = (rows[3] + 1) / 2 if channels & _PRESSURE else None
    tilt_x, tilt_y = (rows[-2], rows[-1]) if channels & _TILT else (None, None)
    seconds = first + (rows[2] + 1) / 2 * (last - first)
    return InkPath(rows[0] * half + x0, rows[1] * half + y0, seconds, pressure, tilt_x, tilt_y)


def _code(values: Floats) -> NDArray[np.int16]:
    # Low-passing may carry a value a little beyond its range.
    return np.round(np.clip(values, -1, 1) * _LEVELS).astype("<i2")
