"""Characters of an alphabet that does not exist, written again and again by a hand that is never the same."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from shoestring.data.images import ImageSet, Picture, image_set

Floats = NDArray[np.float64]
SIDE = 48
_FINER = 4
"""Lines are drawn so many times larger and reduced, which makes their edges smooth."""


def draw_glyph(rng: np.random.Generator) -> list[Floats]:
    """A character: two to four strokes, control points [4, 2] of a cubic Bezier curve each, in [0.1, 0.9]."""
    strokes = []
    for _ in range(rng.integers(2, 5)):
        start = rng.uniform(0.15, 0.85, 2)
        heading = rng.uniform(0, 2 * np.pi)
        points = [start]
        for _ in range(3):
            heading += rng.uniform(-1.2, 1.2)
            points.append(points[-1] + rng.uniform(0.12, 0.3) * np.array([np.cos(heading), np.sin(heading)]))
        strokes.append(np.clip(np.array(points), 0.1, 0.9))
    return strokes


def write_glyph(glyph: list[Floats], rng: np.random.Generator, side: int = SIDE, amount: float = 1.0) -> Picture:
    """The character written once: points, slant, size, place and pen vary; ``amount`` scales how much."""
    angle, shear = amount * 0.12 * rng.standard_normal(2)
    stretch = np.exp(amount * 0.1 * rng.standard_normal(2))
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.array(
        [[stretch[0], shear], [0, stretch[1]]]
    )
    place = 0.5 + amount * 0.04 * rng.standard_normal(2)
    thick = max(round(side * _FINER * float(np.exp(0.2 * rng.standard_normal())) / 22), 1)
    image = Image.new("L", (side * _FINER, side * _FINER), 255)
    pen = ImageDraw.Draw(image)
    for stroke in glyph:
        points = stroke + amount * 0.03 * rng.standard_normal(stroke.shape)
        path = (bezier(points, 24) - 0.5) @ matrix.T + place
        line = [(float(x), float(y)) for x, y in path * side * _FINER]
        pen.line(line, fill=0, width=thick, joint="curve")
    return Picture(np.asarray(image.resize((side, side), Image.Resampling.BOX)))


def bezier(points: Floats, count: int) -> Floats:
    """[``count``, 2] along the cubic curve of ``points`` [4, 2], ends included."""
    t = np.linspace(0, 1, count)[:, None]
    weights = np.concatenate([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    return np.asarray(weights @ points)


def synthetic_glyphs(classes: int = 60, each: int = 20, seed: int = 0, side: int = SIDE) -> ImageSet:
    """``each`` writings of ``classes`` characters named ``g001`` and so on; the same for the same ``seed``."""
    pictures, identity = [], []
    for number in range(classes):
        rng = np.random.default_rng([seed, number])
        glyph = draw_glyph(rng)
        pictures += [write_glyph(glyph, rng, side) for _ in range(each)]
        identity += [f"g{number + 1:03d}"] * each
    return image_set(pictures, identity, f"synthetic glyphs, seed {seed}")
