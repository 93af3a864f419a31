"""Synthetic writers: signatures that nobody owns, for training where real ones are scarce or may not be shared.

A writer is a plan of lognormal strokes through virtual target points (:mod:`shoestring.data.lognormal_strokes`), with
an own alphabet, slant, tempo, pressure and consistency. A genuine sample is the plan with small errors in every
parameter; two sessions differ a little more. Forgeries are imitations of genuine samples by forgers with own habits.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.data.lognormal_strokes import through
from shoestring.data.omniglot_writers import omniglot_writers
from shoestring.data.stroke_variants import duplicates, imitations, smooth_noise
from shoestring.data.strokes import Signature, SignatureSet, repair
from shoestring.data.writer_plan import Writer, draw_writer

__all__ = ["duplicates", "imitations", "omniglot_writers", "synthetic_set", "synthetic_writer"]

Array = NDArray[np.float64]
INTERVAL = 0.01
"""Seconds between two points: the tablets of the field have 100 Hz."""


def synthetic_set(writers: int, genuine: int = 20, forgeries: int = 20, seed: int = 0) -> SignatureSet:
    """A set of ``writers`` x (``genuine`` + ``forgeries``) signatures, the same for the same arguments.

    Genuine samples 1 to ``genuine`` come from two sessions, the forgeries continue the numbering. The first writers of
    a larger set equal those of a smaller one. Coordinates are device units (about 100 a millimetre), pressure is
    present, pen angles are not.
    """
    if writers < 1 or genuine < 1 or forgeries < 0:
        raise BadDataError(
            f"synthetic set of {writers} writers with {genuine} genuine signatures and {forgeries} "
            "forgeries; at least one writer and one genuine signature are needed"
        )
    signatures: list[Signature] = []
    for stream in np.random.SeedSequence(seed).spawn(writers):
        signatures.extend(synthetic_writer(genuine, forgeries, np.random.default_rng(stream)))
    each = genuine + forgeries
    names = np.array([f"synthetic-{seed}-{number:05d}" for number in range(1, writers + 1)])
    return SignatureSet(
        tuple(signatures),
        np.repeat(names, each),
        np.tile(np.arange(each) < genuine, writers),
        np.tile(np.arange(1, each + 1, dtype=np.int64), writers),
        f"synthetic writers, seed {seed}",
    )


def synthetic_writer(genuine: int, forgeries: int, rng: np.random.Generator) -> list[Signature]:
    """Signatures of one new writer: ``genuine`` own ones in two sessions, then ``forgeries`` by others."""
    writer = draw_writer(rng)
    sessions = [vary(writer, 0.5, rng) for _ in range(2)]
    own = [sign(vary(sessions[2 * i // genuine], 1.0, rng), rng) for i in range(genuine)]
    copies = [imitations(own[rng.integers(genuine)], 1, rng)[0] for _ in range(forgeries)]
    return own + copies


def vary(writer: Writer, amount: float, rng: np.random.Generator) -> Writer:
    """The writer's plan as carried out once (``amount`` 1) or as it has drifted by the next session (less)."""
    errors = amount * writer.consistency
    k = len(writer.turns)
    # Errors of neighbouring targets go together: a hand that is off stays off for a letter.
    index = np.arange(k + 1, dtype=np.float64)
    jitter = np.stack([smooth_noise(index, 2.5, rng) for _ in range(2)], axis=1)
    targets = writer.targets + errors * (0.1 * jitter + 0.05 * rng.standard_normal((k + 1, 2)))
    stretch = np.exp(0.05 * errors * rng.standard_normal(2))
    shear = 0.02 * errors * rng.standard_normal()
    targets = np.stack([stretch[0] * (targets[:, 0] + shear * targets[:, 1]), stretch[1] * targets[:, 1]], axis=1)
    tempo = np.exp(0.045 * errors * rng.standard_normal())
    # The hand keeps its rhythm better on paper than in the air.
    beats = writer.beats * tempo * np.exp(errors * np.where(writer.lifted, 0.2, 0.11) * rng.standard_normal(k))
    turns = writer.turns + errors * 0.12 * rng.standard_normal(k)
    press = writer.press + errors * (0.04 * rng.standard_normal() + 0.04 * rng.standard_normal(k))
    return replace(
        writer,
        targets=targets,
        turns=turns,
        beats=beats,
        press=np.clip(press, 0.05, 0.98),
        spread=float(writer.spread * np.exp(0.05 * errors * rng.standard_normal())),
    )


def sign(writer: Writer, rng: np.random.Generator) -> Signature:
    """Carry out a plan: the path of its strokes at 100 Hz, with pen lifts, pressure, and the grain of a device."""
    k = len(writer.turns)
    peaks = np.cumsum(writer.beats)
    # A stroke next to a lift is finished before the pen moves on: little overlap there.
    alone = writer.lifted.copy()
    alone[1:] |= writer.lifted[:-1]
    alone[:-1] |= writer.lifted[1:]
    widths = np.where(alone, 0.3, writer.overlap) * writer.beats
    strokes = through(writer.targets * writer.unit, writer.turns, peaks, widths, np.full(k, writer.spread))
    first, last = float(strokes.when(0.02)[0]), float(strokes.when(0.98)[-1])
    t = np.arange(first, last, INTERVAL)
    place = strokes.position(t) + rng.normal(0, 0.4, size=(len(t), 2))
    share = strokes.done(t)
    # The pen is up while the middle part of a lifted movement is carried out.
    down = ~np.any((share > 0.15) & (share < 0.8) & writer.lifted, axis=1)
    weight = strokes.speed(t) / strokes.length + 1e-9
    pressure = weight @ writer.press / weight.sum(axis=1) + 0.015 * smooth_noise(t, 0.12, rng)
    pressure = np.clip(pressure * _ramp(down), 0.004, 1.0)
    kept = np.logical_or(down, writer.hover)
    # Tablets that lose the lifted pen still report where it comes down again.
    kept[:-1] |= down[1:] & ~down[:-1]
    pressure = np.round(np.where(down, pressure, 0.0) * 1023) / 1023
    x, y = np.round(place).T
    return repair(x[kept], y[kept], t[kept], down[kept], pressure=pressure[kept])[0]


def _ramp(down: NDArray[np.bool_]) -> Array:
    """How far the pen is pressed on [N]: rises over some 40 ms after each touch and falls before each lift."""
    index = np.arange(len(down))
    edges = np.flatnonzero(~down)
    if not len(edges):
        since, until = index, index[::-1]
    else:
        since = index - np.concatenate([[-1], edges])[np.searchsorted(edges, index)]
        until = np.concatenate([edges, [len(down)]])[np.searchsorted(edges, index)] - index
    return np.asarray((1 - np.exp(-(since + 0.5) / 2.5)) * (1 - np.exp(-(until + 0.5) / 2.5)))
