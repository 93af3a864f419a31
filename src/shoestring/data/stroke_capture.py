"""What every stroke reader hands over, and the one place where captures become a checked set."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.data.strokes import Signature, SignatureSet, repair

MAX_TEXT_BYTES = 64 * 2**20
MAX_SIGNATURES = 200_000
MAX_NAME = 200
UNUSABLE_SHARE = 0.05
"""Share of signatures without usable ink up to which a set is read without them."""

Column = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Capture:
    """One signature as read, in the units of :class:`Signature`, before any check of its values."""

    writer: str
    genuine: bool
    sample: int
    where: str
    """The file and the place in it, for messages."""
    x: Column
    y: Column
    t: Column
    pen_down: Column
    pressure: Column | None = None
    azimuth: Column | None = None
    altitude: Column | None = None
    stroke: Column | None = None
    """Stroke numbers where the source has no pen-up path, see :func:`repair`."""
    notes: tuple[str, ...] = ()
    """What the reader itself had to assume or leave out."""

    def signature(self) -> tuple[Signature, list[str]]:
        """The repaired signature and one sentence for each repair."""
        signature, notes = repair(
            self.x,
            self.y,
            self.t,
            self.pen_down,
            pressure=self.pressure,
            azimuth=self.azimuth,
            altitude=self.altitude,
            stroke=self.stroke,
            where=self.where,
        )
        return signature, [*self.notes, *notes]


def assemble(captures: Iterable[Capture], source: Path) -> SignatureSet:
    """Repair every capture and put them into one set.

    A set of twenty or more is read without the few (5 %) that hold nothing usable, each named in ``repairs``; beyond
    that, and for smaller sets, the first unusable capture raises :class:`BadDataError`. So do a (writer, genuine,
    sample) that occurs twice, an overlong name, and a set without signatures.
    """
    kept: list[Signature] = []
    keys: dict[tuple[str, bool, int], str] = {}
    unusable: list[BadDataError] = []
    messages: list[str] = []
    for number, capture in enumerate(captures):
        if number >= MAX_SIGNATURES:
            raise BadDataError(f"{source}: more than {MAX_SIGNATURES} signatures; split it")
        key = (capture.writer, capture.genuine, capture.sample)
        if key in keys:
            kind = "genuine" if capture.genuine else "forged"
            raise BadDataError(
                f"{capture.where}: {kind} sample {capture.sample} of writer {capture.writer!r} was "
                f"already read from {keys[key]}; keep one of the two"
            )
        if not 0 < len(capture.writer) <= MAX_NAME or not capture.writer.isprintable():
            raise BadDataError(
                f"{capture.where}: {capture.writer[:40]!r} is no writer's name: 1 to {MAX_NAME} printable characters"
            )
        try:
            signature, mended = capture.signature()
        except BadDataError as error:
            unusable.append(error)
            continue
        keys[key] = capture.where
        kept.append(signature)
        messages.extend(mended)
    if unusable and (not kept or len(unusable) > UNUSABLE_SHARE * (len(kept) + len(unusable))):
        raise unusable[0]
    if not kept:
        raise BadDataError(f"{source}: holds no signature")
    messages.extend(f"left out: {error}" for error in unusable)
    writers, genuine, samples = zip(*keys, strict=True)
    return SignatureSet(
        tuple(kept),
        np.array(writers),
        np.array(genuine, dtype=bool),
        np.array(samples, dtype=np.int64),
        str(source),
        tuple(messages),
    )


def read_text(path: Path) -> str:
    """The text of a file in UTF-8 (a byte order mark is dropped), refused beyond ``MAX_TEXT_BYTES``."""
    size = path.stat().st_size
    if size > MAX_TEXT_BYTES:
        raise BadDataError(f"{path}: {size} bytes, more than the limit of {MAX_TEXT_BYTES} for a text file; split it")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDataError(f"{path}: byte {error.start} is not UTF-8 text; save it as UTF-8") from None


def clockless(x: Column, y: Column, stroke: Column, rate: float = 100.0) -> Column:
    """Times [N] in seconds for a source that records points at a constant rate and nothing between strokes.

    Points of a stroke follow each other at ``rate`` a second. The pen-up gap between two strokes takes as long as
    drawing the same distance at the median speed of the ink, and at least two intervals.
    """
    step = np.hypot(np.diff(x), np.diff(y))
    lift = np.diff(stroke) != 0
    drawn = step[~lift & (step > 0)]
    intervals = np.ones(len(step))
    if len(drawn):
        intervals[lift] = np.maximum(step[lift] / np.median(drawn), 2.0)
    return np.concatenate([[0.0], np.cumsum(intervals)]) / rate
