"""Signatures as W3C InkML (Recommendation of 20 September 2011), one a file.

Read are traces with their formats (given in place, by reference or through a context), difference encoding, trace
types, continuations, sample rate, resolutions and the channels X, Y, T, F, S, OA, OE, OTx and OTy. Not read: canvas
transforms, mappings and brushes, and traces inside ``definitions``. The parser refuses DTDs and entities.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError, MissingExtraError
from shoestring.data.stroke_capture import Capture, clockless, read_text
from shoestring.data.stroke_page import tilt_to_angles
from shoestring.data.strokes import MAX_POINTS

MILLIMETRES = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "um": 1e-3, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6}
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
RATE = 100.0
"""Points a second where a file has neither a time channel nor a sample rate."""
RESTART_GAP = 0.02
"""Seconds between two strokes where the time channel restarts in every trace."""
VALUE = re.compile(r"""\s*([!'"]?)\s*([*?TF]|[-+]?\#[0-9A-Fa-f]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)""")


@dataclass(frozen=True)
class Channel:
    name: str
    units: str = ""
    low: float = 0.0
    high: float | None = None
    sign: float = 1.0
    resolution: float | None = None
    """Values a millimetre."""


@dataclass(frozen=True, eq=False)
class Trace:
    down: bool
    stroke: int
    offset: float
    """Seconds."""
    columns: dict[str, NDArray[np.float64]]
    channels: dict[str, Channel]


def inkml_capture(path: Path) -> Capture:
    """The signature in an InkML file.

    ``writer``, ``genuine`` (true/false) and ``sample`` are taken from ``<annotation type="...">`` and default to the
    name of the file, true and 1. Lengths become millimetres where units or resolutions are given, and stay device
    units else; y, which grows downwards in InkML, is turned upwards; force is scaled by the range of its channel, and
    left out if the file states none; azimuth is taken as clockwise from +x (the Recommendation shows no zero).
    """
    try:
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import fromstring
    except ModuleNotFoundError:
        raise MissingExtraError("defusedxml", "sign") from None
    try:
        root = fromstring(read_text(path), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadDataError(f"{path}: is not safe, well-formed XML ({str(error)[:120]})") from None
    if _tag(root) != "ink":
        raise BadDataError(f"{path}: its root element is <{_tag(root)[:40]}>, InkML has <ink>")
    notes: list[str] = []
    traces = list(_traces(root, path, notes))
    if not traces:
        raise BadDataError(f"{path}: holds no trace with points")
    shared = set.intersection(*(set(trace.columns) for trace in traces))
    if not {"X", "Y"} <= shared:
        raise BadDataError(f"{path}: a trace lacks the channel X or Y")
    raw = {name: np.concatenate([trace.columns[name] for trace in traces]) for name in shared}
    channels = traces[0].channels
    if any(trace.channels[name] != channels[name] for trace in traces for name in shared):
        raise BadDataError(f"{path}: its traces differ in the unit or range of one channel; convert them to one format")
    sizes = [len(trace.columns["X"]) for trace in traces]
    stroke = np.repeat([float(trace.stroke) for trace in traces], sizes)
    x, y = _lengths(raw, channels, path)
    down = raw["S"] if "S" in raw else np.repeat([float(trace.down) for trace in traces], sizes)
    if "T" in raw:
        t = _times(traces, channels["T"], path, notes)
    else:
        rate = _rate(root, path)
        t = clockless(x, y, stroke, rate)
        notes.append(f"{path}: no time channel, {rate:g} points a second assumed")
    azimuth, altitude = _angles(raw, channels)
    annotation = {a.get("type", ""): (a.text or "").strip() for a in root if _tag(a) == "annotation"}
    sample, genuine = annotation.get("sample", "1"), annotation.get("genuine", "true").lower()
    if genuine not in ("true", "false") or not sample.isdecimal() or len(sample) > 15:
        raise BadDataError(
            f"{path}: annotations say sample {sample[:20]!r} and genuine {genuine[:20]!r}; "
            "expected a whole number and true or false"
        )
    return Capture(
        annotation.get("writer") or path.stem,
        genuine == "true",
        int(sample),
        str(path),
        x,
        y,
        t,
        down,
        _pressure(raw, channels, path, notes),
        azimuth,
        altitude,
        stroke,
        tuple(notes),
    )


def _tag(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _traces(root: Element, path: Path, notes: list[str]) -> Iterator[Trace]:
    by_id = {f"#{value}": e for e in root.iter() for key, value in e.items() if key.rsplit("}", 1)[-1] == "id"}
    formats = [e for e in root.iter() if _tag(e) == "traceFormat"]
    # A single format without any reference to it is what most recorders write.
    fallback = formats[0] if len(formats) == 1 else None
    current: Element | None = None
    waiting: list[tuple[Element, str | None]] = [(child, None) for child in reversed(root)]
    number, stroke, total = 0, -1, 0
    while waiting:
        element, inherited = waiting.pop()
        reference = element.get("contextRef", inherited)
        match _tag(element):
            case "context":
                current = element
            case "traceGroup":
                waiting.extend((child, reference) for child in reversed(element))
            case "trace":
                number += 1
                context = by_id.get(reference) if reference else current
                described = _format(context, by_id) if context is not None else None
                channels = _channels(described if described is not None else fallback, root, path)
                text = (element.text or "").strip()
                place = f"{path}: trace {number}"
                if not text:
                    notes.append(f"{place} is empty and was left out")
                    continue
                columns = _values(text, channels, place)
                total += len(columns[channels[0].name])
                if total > MAX_POINTS:
                    raise BadDataError(f"{path}: more than the limit of {MAX_POINTS} points")
                stroke += element.get("continuation") not in ("middle", "end") or stroke < 0
                offset = _number(element.get("timeOffset", "0"), place) / 1000
                yield Trace(element.get("type") != "penUp", stroke, offset, columns, {c.name: c for c in channels})


def _format(context: Element, by_id: dict[str, Element]) -> Element | None:
    """The trace format of a context, through at most a few references."""
    element: Element | None = context
    for _ in range(8):
        if element is None or _tag(element) == "traceFormat":
            return element
        inside = next((e for e in element if _tag(e) in ("traceFormat", "inkSource")), None)
        reference = element.get("traceFormatRef") or element.get("inkSourceRef") or element.get("contextRef")
        element = inside if inside is not None else by_id.get(reference or "")
    return None


def _channels(described: Element | None, root: Element, path: Path) -> list[Channel]:
    if described is None:
        return [Channel("X"), Channel("Y")]
    resolutions = {}
    for e in root.iter():
        if _tag(e) == "channelProperty" and e.get("name") == "resolution":
            unit = MILLIMETRES.get((e.get("units") or "").removeprefix("1/"))
            value = _number(e.get("value", ""), f"{path}: resolution")
            if unit is not None and value > 0:
                resolutions[e.get("channel", "")] = value / unit
    found: list[Channel] = []
    # Intermittent channels stand after the regular ones, in the document as in the data.
    intermittent = [e for inner in described if _tag(inner) == "intermittentChannels" for e in inner]
    for e in sorted((e for e in described.iter() if _tag(e) == "channel"), key=lambda e: e in intermittent):
        name, high, place = e.get("name", ""), e.get("max"), f"{path}: channel {e.get('name', '')[:20]}"
        found.append(
            Channel(
                name,
                e.get("units", ""),
                _number(e.get("min", "0"), place),
                None if high is None else _number(high, place),
                -1.0 if e.get("orientation") == "-ve" else 1.0,
                resolutions.get(name),
            )
        )
    if len({channel.name for channel in found}) < len(found) or not found:
        raise BadDataError(f"{path}: a traceFormat must name each of its channels once")
    return found


def _number(text: str, place: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadDataError(f"{place}: {text[:40]!r} is not a number") from None


def _values(text: str, channels: list[Channel], place: str) -> dict[str, NDArray[np.float64]]:
    """Decode trace data (section 3.2.1): ``!`` explicit, ``'`` first, ``"`` second differences, each until the next."""
    if text.count(",") >= MAX_POINTS:
        raise BadDataError(f"{place}: more than the limit of {MAX_POINTS} points")
    last, slope = [0.0] * len(channels), [0.0] * len(channels)
    mode = ["!"] * len(channels)
    rows = []
    for number, point in enumerate(text.split(","), 1):
        tokens = list(islice(VALUE.finditer(point), len(channels) + 1))
        if (
            len(tokens) > len(channels)
            or not tokens
            or point[tokens[-1].end() :].strip()
            or any(a.end() != b.start() for a, b in zip(tokens, tokens[1:], strict=False))
        ):
            raise BadDataError(
                f"{place}, point {number}: cannot read {point.strip()[:60]!r} "
                f"as {', '.join(channel.name for channel in channels)}"
            )
        # Intermittent channels may be missing from a point.
        row = [float("nan")] * len(channels)
        for i, token in enumerate(tokens):
            mark, value = token.groups()
            mode[i] = mark or mode[i]
            if value == "?":
                continue
            if value == "*":
                slope[i] = 0.0
            else:
                amount = _decode(value)
                slope[i] = {"!": amount - last[i], "'": amount, '"': slope[i] + amount}[mode[i]]
            last[i] += slope[i]
            row[i] = last[i]
        rows.append(row)
    table = np.array(rows)
    return {channel.name: table[:, i] for i, channel in enumerate(channels)}


def _decode(value: str) -> float:
    if value in "TF":
        return float(value == "T")
    if "#" in value:
        return float(int(value.replace("#", "")[:40], 16))
    return float(value)


def _lengths(
    raw: dict[str, NDArray[np.float64]],
    channels: dict[str, Channel],
    path: Path,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = channels["X"], channels["Y"]
    if x.resolution and y.resolution:
        scales = 1 / x.resolution, 1 / y.resolution
    elif x.units in MILLIMETRES and y.units in MILLIMETRES:
        scales = MILLIMETRES[x.units], MILLIMETRES[y.units]
    elif x.units == y.units:
        scales = 1.0, 1.0
    else:
        raise BadDataError(f"{path}: X is in {x.units!r} and Y in {y.units!r}; state both in one known unit")
    return raw["X"] * scales[0] * x.sign, -raw["Y"] * scales[1] * y.sign


def _times(traces: list[Trace], channel: Channel, path: Path, notes: list[str]) -> NDArray[np.float64]:
    unit = SECONDS.get(channel.units or "ms")
    if unit is None:
        raise BadDataError(f"{path}: time is in {channel.units[:20]!r}; understood are {', '.join(SECONDS)}")
    pieces = [trace.columns["T"] * unit + trace.offset for trace in traces]
    if len(pieces) > 1 and all(b[0] < a[-1] for a, b in zip(pieces, pieces[1:], strict=False)):
        notes.append(f"{path}: time restarts in every trace; strokes were set {RESTART_GAP:g} s apart")
        end = 0.0
        for i, piece in enumerate(pieces):
            pieces[i] = piece - piece[0] + end
            end = pieces[i][-1] + RESTART_GAP
    return np.concatenate(pieces)


def _rate(root: Element, path: Path) -> float:
    value = next((e.get("value", "") for e in root.iter() if _tag(e) == "sampleRate"), "")
    rate = _number(value, f"{path}: sampleRate") if value else RATE
    if not 1 <= rate <= 10_000:
        raise BadDataError(f"{path}: sampleRate is {rate:g}, expected 1 to 10000 points a second")
    return rate


def _pressure(
    raw: dict[str, NDArray[np.float64]],
    channels: dict[str, Channel],
    path: Path,
    notes: list[str],
) -> NDArray[np.float64] | None:
    if "F" not in raw:
        return None
    force = channels["F"]
    high = 100.0 if force.high is None and force.units == "%" else force.high
    if high is None or high <= force.low:
        notes.append(f"{path}: pressure left out, channel F states no range")
        return None
    return (raw["F"] - force.low) / (high - force.low)


def _angles(
    raw: dict[str, NDArray[np.float64]],
    channels: dict[str, Channel],
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    degrees = {
        name: np.degrees(raw[name]) if channels[name].units == "rad" else raw[name]
        for name in ("OA", "OE", "OTx", "OTy")
        if name in raw
    }
    if "OA" in degrees and "OE" in degrees:
        return np.radians(-degrees["OA"]), np.radians(degrees["OE"])
    if "OTx" in degrees and "OTy" in degrees:
        return tilt_to_angles(degrees["OTx"], degrees["OTy"])
    return None, None
