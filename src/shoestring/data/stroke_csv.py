"""Signatures as CSV in long form, one point a row, in the units of :class:`shoestring.data.strokes.Signature`."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from shoestring.core.errors import BadDataError
from shoestring.data.stroke_capture import Capture, read_text

REQUIRED = ("writer", "sample", "genuine", "x", "y", "t")
NUMBERS = ("x", "y", "t", "pen_down", "pressure", "azimuth", "altitude", "stroke")
TRUTH = {"1": True, "true": True, "0": False, "false": False}


def csv_captures(path: Path) -> Iterator[Capture]:
    """Captures of a file with a header line and the columns writer, sample, genuine (1/0/true/false), x, y (upwards), t
    (seconds), and optionally pen_down (1/0), pressure (0..1), azimuth, altitude (radians), stroke (a number).

    Rows of a signature share writer, sample and genuine, and stand in the order of time; signatures may be interleaved.
    """
    lines = csv.reader(read_text(path).splitlines(), strict=True)
    header = [name.strip() for name in next(lines, [])]
    if missing := [name for name in REQUIRED if name not in header]:
        raise BadDataError(f"{path}: line 1 lacks the column {missing[0]!r}; it needs {', '.join(REQUIRED)}")
    known = {*REQUIRED, *NUMBERS}
    if len(set(header)) < len(header) or not set(header) <= known:
        wrong = next((name for name in header if name not in known), "one twice")
        raise BadDataError(f"{path}: line 1 has the column {wrong[:40]!r}; known are {', '.join(sorted(known))}")
    place = {name: header.index(name) for name in header}
    numbers = [name for name in NUMBERS if name in place]
    groups: dict[tuple[str, int, bool], tuple[int, list[list[float]]]] = {}
    try:
        for row in lines:
            if not row:
                continue
            if len(row) != len(header):
                raise ValueError(f"{len(row)} values for {len(header)} columns")
            truth = TRUTH.get(row[place["genuine"]].strip().lower())
            if truth is None:
                raise ValueError(f"genuine is {row[place['genuine']][:40]!r}, expected 1, 0, true or false")
            key = (row[place["writer"]].strip(), int(row[place["sample"]]), truth)
            groups.setdefault(key, (lines.line_num, []))[1].append([float(row[place[name]]) for name in numbers])
            if abs(key[1]) > 2**53:
                raise ValueError(f"sample is {row[place['sample']][:40]}")
    except (ValueError, csv.Error) as error:
        raise BadDataError(f"{path}: line {lines.line_num}: {str(error)[:120]}") from None
    for (writer, sample, genuine), (line, values) in groups.items():
        column = dict(zip(numbers, np.array(values, dtype=np.float64).T, strict=True))
        yield Capture(
            writer,
            genuine,
            sample,
            f"{path}: writer {writer[:40]!r}, sample {sample} (from line {line})",
            column["x"],
            column["y"],
            column["t"],
            column.get("pen_down", np.ones(len(values))),
            column.get("pressure"),
            column.get("azimuth"),
            column.get("altitude"),
            column.get("stroke"),
        )
