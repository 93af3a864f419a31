"""Signatures as JSON: the body that the Sign page sends, and files of such captures."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.data.stroke_capture import Capture, read_text
from shoestring.data.strokes import MAX_POINTS, Signature

RANGES: dict[str, tuple[float, float]] = {
    "x": (-1e6, 1e6),
    "y": (-1e6, 1e6),
    "t": (-1e15, 1e15),
    "p": (0.0, 1.0),
    "tx": (-90.0, 90.0),
    "ty": (-90.0, 90.0),
    "stroke": (0.0, MAX_POINTS),
    "down": (0.0, 1.0),
}
"""The columns of a capture with their ranges: CSS pixels (y downwards), milliseconds, pressure, degrees, numbers."""
REQUIRED = ("x", "y", "t", "stroke")
KEYS = {"v", "pointer", "pressure_valid", "dpr", "columns", "rows"}
POINTERS = ("pen", "mouse", "touch")
RECORD_KEYS = {"writer", "genuine", "sample", "strokes"}


def from_page_json(obj: object) -> Signature:
    """The signature in one page capture; :func:`page_capture` says what is checked and gives the repairs as well."""
    return page_capture(obj).signature()[0]


def to_page_json(
    signature: Signature,
    pointer: Literal["pen", "mouse", "touch"] = "pen",
    dpr: float = 1.0,
) -> dict[str, Any]:
    """The page capture of a signature; reading it back gives the same float32 values (tilt to rounding error).

    Tilt is written where both angles are known. Pen-up points carry the number of the stroke before them.
    """
    down = signature.pen_down
    begins = down & ~np.concatenate([[False], down[:-1]])
    columns: dict[str, NDArray[Any]] = {
        "x": signature.x.astype(np.float64),
        "y": -signature.y.astype(np.float64),
        "t": signature.t.astype(np.float64) * 1000.0,
    }
    if signature.pressure is not None:
        columns["p"] = signature.pressure.astype(np.float64)
    if signature.azimuth is not None and signature.altitude is not None:
        columns["tx"], columns["ty"] = _tilt(signature.azimuth, signature.altitude)
    columns["stroke"] = np.maximum(np.cumsum(begins) - 1, 0)
    columns["down"] = down.astype(int)
    rows = [list(row) for row in zip(*(column.tolist() for column in columns.values()), strict=True)]
    return {
        "v": 1,
        "pointer": pointer,
        "pressure_valid": signature.pressure is not None,
        "dpr": dpr,
        "columns": list(columns),
        "rows": rows,
    }


def page_capture(
    obj: object,
    *,
    writer: str = "-",
    genuine: bool = True,
    sample: int = 1,
    where: str = "strokes",
) -> Capture:
    """Check one page capture strictly and bring it into the units of :class:`Signature`.

    ``obj`` is parsed JSON: ``{"v": 1, "pointer": "pen", "pressure_valid": true, "dpr": 2, "columns": [...], "rows":
    [[...]]}`` with the columns of ``RANGES``, of which x, y, t and stroke are required; stroke numbers never decrease;
    without ``down`` every row is ink. Unknown keys and columns, values that are not finite numbers (booleans and
    strings included), values out of range and more than ``MAX_POINTS`` rows raise :class:`BadDataError`.

    Pressure is kept only with ``pressure_valid``; a tilt of zero in every row means a device without tilt.
    """
    names, rows, pressure_valid = _header(obj, where)
    columns = _columns(names, rows, where)
    x, y, t, stroke = (columns[name] for name in REQUIRED)
    tx, ty = columns.get("tx"), columns.get("ty")
    azimuth = altitude = None
    if tx is not None and ty is not None and (tx.any() or ty.any()):
        azimuth, altitude = tilt_to_angles(tx, ty)
    return Capture(
        writer,
        genuine,
        sample,
        where,
        x,
        -y,
        t / 1000.0,
        columns.get("down", np.ones(len(x))),
        columns.get("p") if pressure_valid else None,
        azimuth,
        altitude,
        stroke,
    )


def page_captures(path: Path) -> Iterator[Capture]:
    """Captures of a ``.json`` file (one capture or record, or a list of them) or ``.jsonl`` file (one a line).

    A record is ``{"writer": "ana", "genuine": true, "sample": 1, "strokes": <page capture>}``; what is missing, or a
    bare page capture, counts as genuine, by a writer called like the file, with its place in the file as sample.
    """
    text = read_text(path)
    if path.suffix.lower() == ".jsonl":
        lines = [(f"{path}: line {n}", line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
        records = [(where, parse_json(line, where)) for where, line in lines]
    else:
        whole = parse_json(text, str(path))
        several = isinstance(whole, list)
        records = [(f"{path}: item {n}", item) for n, item in enumerate(whole, 1)] if several else [(str(path), whole)]
    for number, (where, item) in enumerate(records, 1):
        record = item if isinstance(item, dict) and "strokes" in item else {"strokes": item}
        if unknown := sorted(set(record) - RECORD_KEYS):
            raise BadDataError(f"{where}: unknown key {unknown[0]!r}; a record has {', '.join(sorted(RECORD_KEYS))}")
        writer, genuine = record.get("writer", path.stem), record.get("genuine", True)
        sample = record.get("sample", number)
        if type(writer) is not str or type(genuine) is not bool or type(sample) is not int or abs(sample) > 2**53:
            raise BadDataError(
                f"{where}: writer must be a text, genuine true or false and sample a whole number, "
                f"got {str((writer, genuine, sample))[:80]}"
            )
        yield page_capture(record["strokes"], writer=writer, genuine=genuine, sample=sample, where=where)


def parse_json(text: str, where: str) -> Any:
    """Parsed JSON; ``NaN``, ``Infinity``, endless numbers and nesting are :class:`BadDataError` like other faults."""

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise BadDataError(f"{where}: is not valid JSON ({error or 'nested too deeply'})") from None


def _header(obj: object, where: str) -> tuple[list[str], list[object], bool]:
    """The checked column names, the unchecked rows, and whether the pressure means anything."""
    if not isinstance(obj, dict):
        raise BadDataError(f"{where}: expected a JSON object with columns and rows, got {type(obj).__name__}")
    if unknown := sorted(set(obj) - KEYS, key=str):
        raise BadDataError(f"{where}: unknown key {str(unknown[0])[:40]!r}; known are {', '.join(sorted(KEYS))}")
    version, pointer, valid = obj.get("v"), obj.get("pointer"), obj.get("pressure_valid", False)
    dpr, names, rows = obj.get("dpr", 1), obj.get("columns"), obj.get("rows")
    if type(version) is not int or version != 1:
        raise BadDataError(f"{where}: v is {str(version)[:40]}, this reader knows version 1")
    if pointer not in POINTERS:
        raise BadDataError(f"{where}: pointer is {str(pointer)[:40]!r}, expected one of {', '.join(POINTERS)}")
    if type(valid) is not bool:
        raise BadDataError(f"{where}: pressure_valid is {str(valid)[:40]}, expected true or false")
    if type(dpr) not in (int, float) or not 0 < dpr <= 100:
        raise BadDataError(f"{where}: dpr is {str(dpr)[:40]}, expected a number above 0 and up to 100")
    if not isinstance(names, list) or not isinstance(rows, list) or len(rows) > MAX_POINTS:
        raise BadDataError(f"{where}: columns and rows must be lists, with at most {MAX_POINTS} rows")
    wrong = [
        str(name)[:40]
        for i, name in enumerate(names)
        if type(name) is not str or name not in RANGES or name in names[:i]
    ]
    wrong += [f"no {name}" for name in REQUIRED if name not in names]
    if wrong:
        raise BadDataError(
            f"{where}: columns hold {wrong[0]!r}; they must be different ones of {', '.join(RANGES)}, "
            f"with {', '.join(REQUIRED)} among them"
        )
    return names, rows, valid


def _columns(names: list[str], rows: list[object], where: str) -> dict[str, NDArray[np.float64]]:
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            raise BadDataError(f"{where}: rows[{number}] must be a list of {len(names)} numbers, one a column")
        for name, value in zip(names, row, strict=True):
            low, high = RANGES[name]
            # Written so that NaN fails as well; bool is a subclass of int and must not pass for a number.
            if type(value) not in (int, float) or not low <= value <= high:
                raise BadDataError(
                    f"{where}: {name} in rows[{number}] is {str(value)[:40]}, "
                    f"expected a number from {low:g} to {high:g}"
                )
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
    columns = {name: table[:, i] for i, name in enumerate(names)}
    for name in ("stroke", "down"):
        parts = np.flatnonzero(columns.get(name, np.zeros(1)) % 1)
        if len(parts):
            raise BadDataError(f"{where}: {name} in rows[{parts[0]}] is {columns[name][parts[0]]}, not a whole number")
    falls = np.flatnonzero(np.diff(columns["stroke"]) < 0)
    if len(falls):
        raise BadDataError(f"{where}: stroke falls at rows[{falls[0] + 1}]; it is a running number")
    return columns


def tilt_to_angles(
    tx: NDArray[np.float64],
    ty: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Azimuth (anticlockwise, y upwards) and altitude of a tilt in degrees (Pointer Events 3, section 4.1.3)."""
    # A pen flat on the surface has an infinite tangent.
    limit = 89.999
    across = np.tan(np.radians(np.clip(tx, -limit, limit)))
    along = np.tan(np.radians(np.clip(ty, -limit, limit)))
    return np.mod(-np.arctan2(along, across), 2 * math.pi), np.arctan2(1.0, np.hypot(across, along))


def _tilt(
    azimuth: NDArray[np.float32],
    altitude: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    turn, rise = azimuth.astype(np.float64), altitude.astype(np.float64)
    height, flat = np.sin(rise), np.maximum(np.cos(rise), 0.0)
    return np.degrees(np.arctan2(np.cos(turn) * flat, height)), np.degrees(np.arctan2(-np.sin(turn) * flat, height))
