"""Pen strokes: one type for every source, with its units stated and its invariants checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shoestring.core.errors import BadDataError

MAX_POINTS = 20_000
"""Longest signature: over three minutes at 100 points a second."""
MAX_SECONDS = 600.0
MAX_COORDINATE = 1e7
"""Beyond this, float32 no longer resolves one device unit."""
NON_FINITE_SHARE = 0.05
"""Share of points without a finite value up to which they are left out instead of refused."""
BACKWARD_SHARE = 0.02
"""Share of backward time stamps (three are always allowed) beyond which the column is not a clock."""


@dataclass(frozen=True, eq=False)
class Signature:
    """A pen path of N >= 2 points, pen-up movement included where the device records it.

    All arrays have length N. ``x`` and ``y`` are in the device's own length unit, equal on both axes, y growing
    *upwards*; ``t`` is in seconds from the first point and never decreases (what :func:`repair` returns always
    increases). Ink lies between two neighbouring points that both have ``pen_down``, so strokes are told apart by the
    pen-up points between them. Optional channels are ``None`` where the device does not measure them, never a constant
    in disguise.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    t: NDArray[np.float32]
    pen_down: NDArray[np.bool_]
    pressure: NDArray[np.float32] | None = None
    """In [0, 1] of the device's range."""
    azimuth: NDArray[np.float32] | None = None
    """Radians in [0, 2 pi): where the pen's upper end leans, anticlockwise from +x."""
    altitude: NDArray[np.float32] | None = None
    """Radians in [0, pi / 2], the angle between pen and surface."""

    def __post_init__(self) -> None:
        optional = [c for c in (self.pressure, self.azimuth, self.altitude) if c is not None]
        numbers = [self.x, self.y, self.t, *optional]
        if len(self.x) < 2 or any(c.shape != (len(self.x),) for c in (*numbers, self.pen_down)):
            shapes = sorted({c.shape for c in (*numbers, self.pen_down)})
            raise BadDataError(f"a signature needs two or more points and equally long columns, got shapes {shapes}")
        if not all(np.isfinite(c).all() for c in numbers) or (np.diff(self.t) < 0).any():
            raise BadDataError("a signature needs finite values and times that never decrease; use strokes.repair")

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, eq=False)
class SignatureSet(Sequence[Signature]):
    """Signatures with who is written, whether that person wrote it, and in which order."""

    signatures: tuple[Signature, ...]
    identity: NDArray[np.str_]
    """[N] the writer whose signature it claims to be."""
    genuine: NDArray[np.bool_]
    """[N] True when written by ``identity``, False for a skilled forgery."""
    sample: NDArray[np.int64]
    """[N] running number within the writer, in the order of capture."""
    source: str = ""
    """Where it was read from, for messages and ``data.json``."""
    repairs: tuple[str, ...] = ()
    """What reading had to mend or leave out, one sentence each."""

    def __len__(self) -> int:
        return len(self.signatures)

    @overload
    def __getitem__(self, index: int) -> Signature: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Signature, ...]: ...

    def __getitem__(self, index: int | slice) -> Signature | tuple[Signature, ...]:
        return self.signatures[index]

    def subset(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "SignatureSet":
        """The rows chosen by index or mask, in that order."""
        rows = np.flatnonzero(rows) if np.asarray(rows).dtype == bool else np.asarray(rows, dtype=np.int64)
        return SignatureSet(
            tuple(self.signatures[i] for i in rows),
            self.identity[rows],
            self.genuine[rows],
            self.sample[rows],
            self.source,
            self.repairs,
        )


def repair(
    x: ArrayLike,
    y: ArrayLike,
    t: ArrayLike,
    pen_down: ArrayLike,
    *,
    pressure: ArrayLike | None = None,
    azimuth: ArrayLike | None = None,
    altitude: ArrayLike | None = None,
    stroke: ArrayLike | None = None,
    where: str = "signature",
) -> tuple[Signature, list[str]]:
    """A signature from raw columns in the units of :class:`Signature`, with one sentence for each thing mended.

    ``t`` may start anywhere (seconds). ``stroke`` [N], if given, numbers the strokes of a source that records no pen-up
    path: where it changes between two pen-down points, one pen-up point is set half way. ``where`` opens every message.

    Mended: a few non-finite points (left out), exact repeats (left out), a clock that steps back (all later points are
    shifted so that the step lasts the median interval), equal time stamps at different places (spread evenly over at
    most one interval), azimuth beyond one turn (wrapped), a pressure that never varies (``None``). All else raises
    :class:`BadDataError`: no points, too many, more than a few non-finite values or backward steps, values out of
    range, no ink, ink of zero extent. A repaired signature passes again unchanged.
    """
    columns = {
        "x": x,
        "y": y,
        "t": t,
        "pen_down": pen_down,
        "pressure": pressure,
        "azimuth": azimuth,
        "altitude": altitude,
        "stroke": stroke,
    }
    table = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items() if values is not None}
    if len({values.shape for values in table.values()}) > 1 or table["x"].ndim != 1:
        shapes = ", ".join(f"{name} {values.shape}" for name, values in table.items())
        raise BadDataError(f"{where}: the columns differ in length ({shapes}); give one value a point in each")
    if len(table["x"]) > MAX_POINTS:
        raise BadDataError(f"{where}: {len(table['x'])} points, more than the limit of {MAX_POINTS}; resample it")
    notes: list[str] = []
    table = _finite(table, where, notes)
    _check_ranges(table, where)
    table = _forward(table, where, notes)
    if stroke is not None:
        table = _lift_between_strokes(table)
    return _store(table, where, notes)


Table = dict[str, NDArray[np.float64]]


def _finite(table: Table, where: str, notes: list[str]) -> Table:
    finite = np.logical_and.reduce([np.isfinite(values) for values in table.values()])
    bad = np.flatnonzero(~finite)
    if not len(bad):
        return table
    name = next(name for name, values in table.items() if not np.isfinite(values[bad[0]]))
    first = f"{name} of point {bad[0] + 1} is {table[name][bad[0]]}"
    if len(bad) > NON_FINITE_SHARE * len(finite):
        raise BadDataError(f"{where}: {len(bad)} of {len(finite)} points are not finite ({first}); export it again")
    notes.append(f"{where}: left out {len(bad)} points that are not finite ({first})")
    return {name: values[finite] for name, values in table.items()}


def _check_ranges(table: Table, where: str) -> None:
    limits = {
        "x": (-MAX_COORDINATE, MAX_COORDINATE),
        "y": (-MAX_COORDINATE, MAX_COORDINATE),
        "pressure": (0.0, 1.0),
        # The smallest float32 above pi / 2 must pass a second time.
        "altitude": (0.0, float(np.float32(np.pi / 2))),
    }
    for name, (low, high) in limits.items():
        values = table.get(name, np.empty(0))
        bad = np.flatnonzero((values < low) | (values > high))
        if len(bad):
            raise BadDataError(
                f"{where}: {name} of point {bad[0] + 1} is {values[bad[0]]:g}, "
                f"outside [{low:g}, {high:g}]; check the units"
            )


def _forward(table: Table, where: str, notes: list[str]) -> Table:
    """Make time start at zero and increase strictly."""
    t = table["t"]
    step = np.diff(t)
    if not (step > 0).any():
        raise BadDataError(f"{where}: its {len(t)} points have no two advancing time stamps; is it a signature?")
    usual = float(np.median(step[step > 0]))
    back = np.flatnonzero(step < 0)
    if len(back) > max(3, BACKWARD_SHARE * len(t)):
        raise BadDataError(
            f"{where}: time runs backwards {len(back)} times in {len(t)} points, first by "
            f"{-step[back[0]]:g} s at point {back[0] + 2}; check the time column"
        )
    if len(back):
        shift = np.zeros(len(t))
        shift[back + 1] = usual - step[back]
        t = t + np.cumsum(shift)
        notes.append(
            f"{where}: time ran backwards by {-step[back[0]]:g} s at point {back[0] + 2}; "
            f"the points from there on were shifted ({len(back)} times)"
        )
    table = {**table, "t": t - t[0]}
    same = np.logical_and.reduce([np.diff(table[name]) == 0 for name in ("x", "y", "t", "pen_down")])
    if same.any():
        notes.append(f"{where}: left out {same.sum()} exact repeats, the first is point {np.argmax(same) + 2}")
        table = {name: values[np.concatenate([[True], ~same])] for name, values in table.items()}
    t = table["t"]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(t) > 0]))
    if len(starts) < len(t):
        counts = np.diff(np.append(starts, len(t)))
        room = np.minimum(np.append(np.diff(t[starts]), usual), usual)
        rank = np.arange(len(t)) - np.repeat(starts, counts)
        table["t"] = t + np.repeat(room / counts, counts) * rank
        notes.append(
            f"{where}: {len(t) - len(starts)} points shared the time stamp of their predecessor and were "
            f"spread over the interval, the first is point {starts[np.argmax(counts > 1)] + 2}"
        )
    if table["t"][-1] > MAX_SECONDS:
        raise BadDataError(f"{where}: lasts {table['t'][-1]:g} s, more than {MAX_SECONDS:g} s; check the unit of time")
    return table


def _lift_between_strokes(table: Table) -> Table:
    down = table["pen_down"] > 0
    after = np.flatnonzero(down[:-1] & down[1:] & (np.diff(table["stroke"]) != 0))
    lifted = {}
    for name, values in table.items():
        halfway = (values[after] + values[after + 1]) / 2
        if name in ("pen_down", "pressure"):
            halfway = np.zeros(len(after))
        elif name == "azimuth":
            # The mean of two directions has no meaning across the jump at a full turn.
            halfway = values[after]
        lifted[name] = np.insert(values, after + 1, halfway)
    return lifted


def _store(table: Table, where: str, notes: list[str]) -> tuple[Signature, list[str]]:
    t = table["t"].astype(np.float32)
    late = np.concatenate([[True], t[1:] > np.maximum.accumulate(t)[:-1]])
    if not late.all():
        notes.append(f"{where}: left out {(~late).sum()} points closer in time than single precision can tell")
    single = {name: values[late].astype(np.float32) for name, values in table.items()}
    down = table["pen_down"][late] > 0
    if not down.any() or max(np.ptp(single["x"][down]), np.ptp(single["y"][down])) == 0:
        raise BadDataError(
            f"{where}: {int(down.sum())} of {len(down)} points have the pen down, and their extent is "
            "zero; it holds no ink to compare"
        )
    pressure = single.get("pressure")
    if pressure is not None and np.ptp(pressure[down]) == 0:
        notes.append(f"{where}: pressure left out, it is {pressure[down][0]:g} at every point")
        pressure = None
    azimuth = single.get("azimuth")
    if azimuth is not None:
        turn = np.float32(2 * np.pi)
        azimuth = np.where((azimuth < 0) | (azimuth >= turn), np.mod(azimuth, turn), azimuth)
        azimuth = np.where(azimuth >= turn, np.float32(0), azimuth)
    return Signature(single["x"], single["y"], single["t"], down, pressure, azimuth, single.get("altitude")), notes
