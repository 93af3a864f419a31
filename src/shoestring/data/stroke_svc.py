"""Signatures of the First International Signature Verification Competition (Yeung et al. 2004): text files and npz.

Both hold raw Wacom tablet values: x, y in tablet units, y upwards; time in milliseconds; button status (0 with the pen
up, anything above with the pen down); for task 2 also azimuth in tenths of a degree clockwise from +y, altitude in
tenths of a degree, and pressure.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.data.stroke_capture import Capture, read_text
from shoestring.data.strokes import MAX_POINTS

PRESSURE_RANGE = 1023.0
"""Full scale of the tablet's ten bits: one constant for all files, since a range taken from each signature would hide
how hard its writer presses. (The data reach exactly 1023.)"""
GENUINE_SAMPLES = 20
"""Samples 1-20 of a user are genuine, from two sessions; 21-40 are skilled forgeries by other people."""
FILE_NAME = re.compile(r"u(\d+)s(\d+)\.txt", re.IGNORECASE)
COLUMNS = ("x", "y", "t_ms", "pen_down", "azimuth", "altitude", "pressure")


def svc_capture(points: NDArray[np.float64], writer: str, genuine: bool, sample: int, where: str) -> Capture:
    """One signature of [N, 4] (task 1) or [N, 7] (task 2) raw values in the order of ``COLUMNS``."""
    if points.ndim != 2 or points.shape[1] not in (4, 7):
        raise BadDataError(
            f"{where}: expected 4 columns (x y time button) or 7 (and azimuth altitude pressure), "
            f"got an array of shape {points.shape}"
        )
    x, y, t, down = points[:, :4].T
    if points.shape[1] == 4:
        return Capture(writer, genuine, sample, where, x, y, t / 1000.0, down)
    azimuth, altitude, pressure = points[:, 4:].T
    return Capture(
        writer,
        genuine,
        sample,
        where,
        x,
        y,
        t / 1000.0,
        down,
        pressure / PRESSURE_RANGE,
        np.radians(90.0 - azimuth / 10.0),
        np.radians(altitude / 10.0),
    )


def svc_text(path: Path) -> Capture:
    """A text file: the number of points, then one point a line.

    Its name is ``U<user>S<sample>.TXT``; any other counts as genuine sample 1 of a writer called like the file.
    """
    lines = read_text(path).split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    first = lines[0].strip() if lines else ""
    if not first.isdecimal() or len(first) > 9:
        raise BadDataError(f"{path}: line 1 is {first[:40]!r}, expected the number of points of an SVC2004 file")
    if int(first) != len(lines) - 1:
        raise BadDataError(f"{path}: line 1 announces {int(first)} points, {len(lines) - 1} follow; copy it again")
    if len(lines) - 1 > MAX_POINTS:
        raise BadDataError(f"{path}: {len(lines) - 1} points, more than the limit of {MAX_POINTS}")
    rows: list[list[float]] = []
    for number, line in enumerate(lines[1:], 2):
        try:
            rows.append([float(value) for value in line.split()])
        except ValueError as error:
            raise BadDataError(f"{path}: line {number}: {str(error)[:80]}") from None
        if len(rows[-1]) != len(rows[0]):
            raise BadDataError(f"{path}: line {number} has {len(rows[-1])} values, the first point has {len(rows[0])}")
    name = FILE_NAME.fullmatch(path.name)
    user, sample = (name[1].lstrip("0") or "0", int(name[2])) if name else (path.stem, 1)
    return svc_capture(np.array(rows), user, sample <= GENUINE_SAMPLES, sample, str(path))


def svc_npz(arrays: dict[str, NDArray[np.generic]], path: Path) -> Iterator[Capture]:
    """The npz layout: ``points`` [P, 7], ``offsets`` [N + 1], ``user``, ``sample`` and ``genuine`` [N]."""
    if "columns" in arrays and tuple(arrays["columns"].tolist()) != COLUMNS:
        raise BadDataError(f"{path}: columns are {arrays['columns'].tolist()!s:.100}, expected {', '.join(COLUMNS)}")
    points, offsets = arrays["points"].astype(np.float64), arrays["offsets"]
    labels = zip(arrays["user"].tolist(), arrays["sample"].tolist(), arrays["genuine"].tolist(), strict=True)
    for i, (user, sample, genuine) in enumerate(labels):
        kind = "" if genuine else " (forgery)"
        yield svc_capture(
            points[offsets[i] : offsets[i + 1]],
            str(user),
            bool(genuine),
            int(sample),
            f"{path}: user {user}, sample {sample}{kind}",
        )
