"""Signature-like writers made from Omniglot: real strokes under a licence (MIT) that lets a trained model be shipped.

Each person of an alphabet gets words of that alphabet's characters, in the hand in which he or she drew them. The
people drew slowly, with a mouse, each character once: so the pauses are taken out, the pixel steps smoothed, the tempo
brought to that of a signature, and the further samples are sigma-lognormal duplicates.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from shoestring.core.errors import BadDataError
from shoestring.data.stroke_capture import Capture
from shoestring.data.stroke_npz import omniglot_captures
from shoestring.data.stroke_variants import duplicates, imitations, smooth_noise
from shoestring.data.strokes import Signature, SignatureSet, repair

Array = NDArray[np.float64]
INTERVAL = 0.01
UNIT = 30.0
"""Device units a pixel of Omniglot's 105: makes a character as large as on a tablet of 100 units a millimetre."""
Hand = dict[str, list[Array]]
"""Characters of one drawer: for each, its strokes as [N, 3] of x, y (pixels, upwards) and seconds."""


def omniglot_writers(
    npz_path: Path,
    words: int = 1,
    genuine: int = 20,
    forgeries: int = 20,
    seed: int = 0,
) -> SignatureSet:
    """``words`` writers from each drawer of each alphabet, with ``genuine`` and ``forgeries`` samples each.

    A writer is one drawer writing one word of two to five characters, called ``"Greek/07/1"``; two words of a drawer
    are two identities. Half of the forgeries are imitations (:func:`imitations`), the others are the same word in the
    hands of other drawers, laid out alike. Pressure is synthetic: Omniglot has none. The same arguments give the same
    set.
    """
    if words < 1 or genuine < 1 or forgeries < 0:
        raise BadDataError(
            f"{words} words with {genuine} genuine signatures and {forgeries} forgeries asked for; "
            "at least one word and one genuine signature are needed"
        )
    hands: dict[str, dict[str, Hand]] = {}
    for capture in omniglot_captures(npz_path):
        alphabet, drawer = capture.writer.split("/")
        character = capture.where.rsplit("(", 1)[1].split(",")[0]
        hands.setdefault(alphabet, {}).setdefault(drawer, {})[character] = _strokes(capture)
    signatures: list[Signature] = []
    names: list[str] = []
    for alphabet, drawers in hands.items():
        shared = sorted(set.intersection(*(set(hand) for hand in drawers.values())))
        for drawer in drawers:
            for word in range(1, words + 1):
                name = f"{alphabet}/{drawer}/{word}"
                rng = np.random.default_rng([seed, *name.encode()])
                spelling = [shared[i] for i in rng.integers(len(shared), size=rng.integers(2, 6))]
                signatures.extend(_samples(drawers, drawer, spelling, (genuine, forgeries), rng))
                names.append(name)
    each = genuine + forgeries
    return SignatureSet(
        tuple(signatures),
        np.repeat(np.array(names), each),
        np.tile(np.arange(each) < genuine, len(names)),
        np.tile(np.arange(1, each + 1, dtype=np.int64), len(names)),
        f"Omniglot writers from {npz_path}, seed {seed}",
    )


def _samples(
    drawers: dict[str, Hand],
    drawer: str,
    spelling: list[str],
    counts: tuple[int, int],
    rng: np.random.Generator,
) -> list[Signature]:
    """Genuine samples, then forgeries, of one word by one drawer."""
    genuine, forgeries = counts
    layout = int(rng.integers(2**32))
    own = _write([drawers[drawer][character] for character in spelling], layout, rng)
    samples = list(duplicates(own, genuine, rng, amount=1.2))
    others = [name for name in drawers if name != drawer]
    for number in range(forgeries):
        if number % 2 and others:
            hand = drawers[others[rng.integers(len(others))]]
            # The forger sees how large, how slanted and how fast the word is written, so that is shared.
            samples.append(_write([hand[character] for character in spelling], layout, rng))
        else:
            samples.extend(imitations(samples[rng.integers(genuine)], 1, rng))
    return samples


def _strokes(capture: Capture) -> list[Array]:
    assert capture.stroke is not None
    points = np.stack([capture.x, capture.y, capture.t], axis=1)
    return [points[capture.stroke == number] for number in np.unique(capture.stroke)]


def _write(characters: list[list[Array]], layout: int, rng: np.random.Generator) -> Signature:
    """One signature: the characters side by side, the manner of writing drawn from the seed ``layout``."""
    manner = np.random.default_rng(layout)
    speed = np.exp(manner.normal(np.log(450.0), 0.3))
    """Median speed of the ink in pixels a second."""
    spacing, slant = manner.uniform(-5.0, 25.0), np.tan(np.radians(manner.normal(8.0, 12.0)))
    stretch, level, rhythm = np.exp(manner.normal(0.0, 0.15)), manner.uniform(0.45, 0.8), manner.uniform(0.4, 0.8)
    pieces: list[tuple[Array, Array]] = []
    left, clock, last = 0.0, 0.0, None
    for character in characters:
        ink = np.concatenate(character)[:, :2]
        origin = ink.min(axis=0)[0]
        for stroke in character:
            t, place = _tempo(stroke, speed, rhythm)
            place = place + (left - origin, 0.0)
            if last is not None:
                # In the air the pen is faster than on paper, but it takes time to lift and to land.
                clock += 0.05 + float(np.hypot(*(place[0] - last))) / (2.0 * speed)
            pieces.append((clock + t, place))
            clock, last = clock + float(t[-1]), place[-1]
        left += float(np.ptp(ink[:, 0])) + spacing
    times, places, down, press = [], [], [], []
    for t, place in pieces:
        times.append(t)
        places.append(place)
        # Where the tablet sees the pen again it is not down yet, as in the recordings of SVC2004.
        down.append(np.arange(len(t)) > 0 if len(t) > 2 else np.ones(len(t), bool))
        ramp = (1 - np.exp(-(np.arange(len(t)) + 0.5) / 2.5)) * (1 - np.exp(-(np.arange(len(t))[::-1] + 0.5) / 2.5))
        press.append(np.clip((level + 0.12 * smooth_noise(t, 0.15, rng)) * ramp, 0.004, 1.0))
    x, y = np.concatenate(places).T * UNIT
    stroke_of = np.repeat(np.arange(len(pieces)), [len(t) for t, _ in pieces])
    return repair(
        stretch * x + slant * y,
        y,
        np.concatenate(times),
        np.concatenate(down),
        pressure=np.concatenate(press),
        stroke=stroke_of,
    )[0]


def _tempo(stroke: Array, speed: float, rhythm: float) -> tuple[Array, Array]:
    """Times from zero and places [N, 2] at 100 Hz of one stroke brought to ``speed``, without its pauses."""
    place, t = stroke[:, :2], stroke[:, 2]
    step = np.hypot(*np.diff(place, axis=0).T) if len(stroke) > 1 else np.zeros(0)
    moving = step > 0
    if not moving.any():
        return np.array([0.0, INTERVAL]), np.stack([place[0], place[0] + (0.5, -0.5)])
    place, step = place[np.concatenate([[True], moving])], step[moving]
    # Pixel steps and mouse events make the speed of single steps meaningless: it is averaged over several.
    own = gaussian_filter1d(np.maximum(np.diff(t)[moving], 1e-3), 3.0, mode="nearest")
    pace = gaussian_filter1d(step, 3.0, mode="nearest") / own
    pace = speed * (pace / np.median(pace)) ** rhythm
    ends = np.minimum(np.arange(1, len(step) + 1), np.arange(len(step), 0, -1))
    # A stroke starts and ends at rest.
    pace = pace * np.clip((ends / min(6.0, len(step) / 2 + 1)) ** 0.5, 0.3, 1.0)
    clock = np.concatenate([[0.0], np.cumsum(step / pace)])
    grid: Array = INTERVAL * np.arange(max(2, int(clock[-1] / INTERVAL + 0.5) + 1), dtype=np.float64)
    even = np.stack([np.interp(grid, clock, place[:, axis]) for axis in (0, 1)], axis=1)
    return grid, np.asarray(gaussian_filter1d(even, 1.2, axis=0, mode="nearest"))
