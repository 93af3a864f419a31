"""Faces of people who do not exist: what presets, tests and the demo use where no photograph may be shipped.

A person is a set of proportions and tones, a picture is that person under one light, turned a little, with one
expression. The drawing is soft-edged ellipses in grey: enough for a detector and for learning who is who, not for
fooling anybody.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from shoestring.data.images import ImageSet, Picture, image_set

Floats = NDArray[np.float64]
HEIGHT, WIDTH = 112, 92
"""As the AT&T faces."""


@dataclass(frozen=True)
class Person:
    """Proportions in half picture widths, tones from 0 (black) to 1."""

    skin: float
    hair: float
    jaw: float
    """Half width of the face."""
    chin: float
    """Half height of the face."""
    squareness: float
    """Exponent of the outline: 2 is an ellipse."""
    hairline: float
    volume: float
    """Hair beyond the outline."""
    eye_gap: float
    eye_height: float
    eye_size: float
    iris: float
    brow_height: float
    brow_weight: float
    brow_tilt: float
    nose_length: float
    nose_width: float
    mouth_height: float
    mouth_width: float
    lips: float
    lip_tone: float
    beard: float
    """How much darker the lower face is."""
    moustache: float
    glasses: float
    """0 for none, else how dark the frame is."""
    ears: float


@dataclass(frozen=True)
class Look:
    """What differs between two pictures of one person."""

    yaw: float
    pitch: float
    roll: float
    """Radians."""
    scale: float
    shift: tuple[float, float]
    light: tuple[float, float]
    """How much brighter the right and the lower side are."""
    brightness: float
    contrast: float
    smile: float
    opened: float
    """Mouth, 0 to 1."""
    closed: float
    """Eyes, 0 to 1."""
    raised: float
    """Brows."""
    background: float


def draw_person(rng: np.random.Generator) -> Person:
    """Somebody at random."""
    u = rng.uniform
    return Person(
        skin=u(0.45, 0.85), hair=u(0.03, 0.55), jaw=u(0.56, 0.72), chin=u(0.82, 1.0), squareness=u(1.9, 2.9),
        hairline=u(-0.75, -0.4), volume=u(0.0, 0.22), eye_gap=u(0.23, 0.34), eye_height=u(-0.24, -0.1),
        eye_size=u(0.085, 0.14), iris=u(0.03, 0.35), brow_height=u(0.12, 0.23), brow_weight=u(0.02, 0.055),
        brow_tilt=u(-0.3, 0.3), nose_length=u(0.24, 0.42), nose_width=u(0.1, 0.2), mouth_height=u(0.42, 0.58),
        mouth_width=u(0.17, 0.32), lips=u(0.03, 0.075), lip_tone=u(0.5, 0.85), beard=max(u(-0.5, 0.35), 0.0),
        moustache=max(u(-1.0, 0.6), 0.0), glasses=max(u(-1.4, 0.8), 0.0), ears=u(0.06, 0.16),
    )  # fmt: skip


def draw_look(rng: np.random.Generator, amount: float = 1.0) -> Look:
    """A picture at random; ``amount`` scales every difference."""
    n = rng.standard_normal(14) * amount
    return Look(
        yaw=0.11 * n[0], pitch=0.06 * n[1], roll=0.06 * n[2], scale=float(np.exp(0.04 * n[3])),
        shift=(0.04 * n[4], 0.04 * n[5]), light=(0.16 * n[6], 0.08 * n[7]), brightness=0.05 * n[8],
        contrast=float(np.exp(0.12 * n[9])), smile=0.05 * n[10], opened=max(0.4 * n[11] - 0.2, 0.0),
        closed=min(max(0.5 * n[12] - 0.4, 0.0), 1.0), raised=0.025 * n[13], background=float(rng.uniform(0.15, 0.8)),
    )  # fmt: skip


def draw_face(
    person: Person, look: Look, rng: np.random.Generator, height: int = HEIGHT, width: int = WIDTH
) -> Picture:
    """One grey picture; ``rng`` draws its noise."""
    canvas = _Canvas(look, height, width)
    _head(canvas, person)
    # What stands out of the face moves more than its outline when the head turns.
    canvas.move(look.yaw, look.pitch)
    _eyes(canvas, person, look)
    _nose(canvas, person)
    _mouth(canvas, person, look)
    canvas.move(-look.yaw, -look.pitch)
    shaded = canvas.grey * (1 + look.light[0] * canvas.x + look.light[1] * canvas.y)
    shaded = 0.5 + (shaded - 0.5) * look.contrast + look.brightness + 0.012 * rng.standard_normal(shaded.shape)
    return Picture(np.round(np.clip(shaded, 0, 1) * 255).astype(np.uint8))


def synthetic_faces(
    people: int = 60, each: int = 10, seed: int = 0, *, height: int = HEIGHT, width: int = WIDTH
) -> ImageSet:
    """``each`` pictures of ``people`` people named ``p001`` and so on; the same for the same ``seed``."""
    pictures, identity = [], []
    for number in range(people):
        rng = np.random.default_rng([seed, number])
        person = draw_person(rng)
        pictures += [draw_face(person, draw_look(rng), rng, height, width) for _ in range(each)]
        identity += [f"p{number + 1:03d}"] * each
    return image_set(pictures, identity, f"synthetic faces, seed {seed}")


class _Canvas:
    """A grey picture on which soft shapes are laid; places are in half picture widths of the upright head."""

    def __init__(self, look: Look, height: int, width: int) -> None:
        y, x = np.mgrid[0:height, 0:width].astype(np.float64)
        x, y = (x - (width - 1) / 2) * 2 / width, (y - (height - 1) / 2) * 2 / width
        x, y = x - look.shift[0], y - look.shift[1]
        self._look, self._unit, self._moved = look, width / 2, (0.0, 0.0)
        self._cos, self._sin = np.cos(look.roll), np.sin(look.roll)
        self.x, self.y = (self._cos * x + self._sin * y) / look.scale, (self._cos * y - self._sin * x) / look.scale
        self.grey = look.background + 0.08 * self.x
        self.soft = 2.2 / width

    def move(self, right: float, down: float) -> None:
        """What is laid from now on is shifted."""
        self._moved = (self._moved[0] + right, self._moved[1] + down)

    def ellipse(
        self, at: tuple[float, float], size: tuple[float, float], tone: float, *, strength: float = 1.0,
        power: float = 2.0, tilt: float = 0.0, bend: float = 0.0, soft: float | None = None,
    ) -> None:  # fmt: skip
        """Lay ``tone`` over a (super)ellipse of half axes ``size``; ``bend`` lifts its ends, ``tilt`` turns it."""
        soft = soft or self.soft
        at = (at[0] + self._moved[0], at[1] + self._moved[1])
        near = self._around(at, max(size) + 4 * soft + 4 * abs(bend))
        dx, dy = self.x[near] - at[0], self.y[near] - at[1]
        if tilt:
            dx, dy = np.cos(tilt) * dx + np.sin(tilt) * dy, np.cos(tilt) * dy - np.sin(tilt) * dx
        dx, dy = dx / size[0], (dy + bend * np.square(dx / size[0])) / size[1]
        reach = np.hypot(dx, dy) if power == 2 else (np.abs(dx) ** power + np.abs(dy) ** power) ** (1 / power)
        cover = strength * expit((1 - reach) * (4 * min(size) / soft))
        self.grey[near] += cover * (tone - self.grey[near])

    def _around(self, at: tuple[float, float], reach: float) -> tuple[slice, slice]:
        """Rows and columns that hold everything within ``reach`` of ``at``."""
        look, (height, width) = self._look, self.grey.shape
        x = (self._cos * at[0] - self._sin * at[1]) * look.scale + look.shift[0]
        y = (self._sin * at[0] + self._cos * at[1]) * look.scale + look.shift[1]
        column, row = x * self._unit + (width - 1) / 2, y * self._unit + (height - 1) / 2
        half = reach * look.scale * self._unit + 1
        return _clipped(row, half, height), _clipped(column, half, width)


def _clipped(centre: float, half: float, length: int) -> slice:
    return slice(min(max(int(centre - half), 0), length), min(max(int(centre + half) + 1, 0), length))


def _head(canvas: _Canvas, person: Person) -> None:
    jaw, chin, skin = person.jaw, person.chin, person.skin
    canvas.ellipse((0, 1.35), (0.85, 0.5), 0.3 + 0.3 * person.hair, power=2.5)
    canvas.ellipse((0, 0.9), (0.6 * jaw, 0.5), 0.8 * skin, power=3)
    canvas.ellipse((0, -0.2), (jaw + 0.06 + person.volume, chin + 0.1), person.hair)
    for side in (-1, 1):
        canvas.ellipse((side * (jaw + 0.02), -0.02), (person.ears, 0.17), 0.85 * skin)
    canvas.ellipse((0, 0), (jaw, chin), skin, power=person.squareness)
    canvas.ellipse((0, person.hairline - 0.55), (jaw + 0.05, 0.5), person.hair, power=2.4)
    for side in (-1, 1):
        canvas.ellipse((side * 0.33, 0.22), (0.2, 0.18), min(1.12 * skin, 1), strength=0.5, soft=0.08)
    canvas.ellipse((0, -0.45), (0.35, 0.15), min(1.1 * skin, 1), strength=0.5, soft=0.08)
    if person.beard:
        canvas.ellipse((0, 0.62), (0.9 * jaw, 0.36), 0.6 * person.hair, strength=person.beard, soft=0.12)


def _eyes(canvas: _Canvas, person: Person, look: Look) -> None:
    size, height = person.eye_size, person.eye_height
    for side in (-1, 1):
        x = side * person.eye_gap
        canvas.ellipse((x, height - 0.02), (1.9 * size, 1.25 * size), 0.62 * person.skin, strength=0.75, soft=0.06)
        opening = max(0.55 * size * (1 - look.closed), 0.012)
        canvas.ellipse((x, height), (size, opening), 0.9)
        canvas.ellipse((x + 0.3 * look.yaw, height), (0.5 * size, min(0.5 * size, opening)), person.iris)
        canvas.ellipse((x, height - opening), (1.1 * size, 0.018), 0.15, bend=0.03, strength=0.8)
        brow = (x, height - person.brow_height - look.raised)
        tone, tilt = 0.7 * person.hair + 0.05, side * person.brow_tilt
        canvas.ellipse(brow, (1.6 * size, person.brow_weight), tone, tilt=tilt, bend=0.03, strength=0.9)
        if person.glasses:
            rim, seen = (1.75 * size, 1.5 * size), canvas.grey.copy()
            canvas.ellipse((x, height + 0.02), rim, 0.1, power=3, strength=person.glasses)
            framed = canvas.grey
            canvas.grey = np.zeros_like(framed)
            canvas.ellipse((x, height + 0.02), (rim[0] - 0.05, rim[1] - 0.05), 1.0, power=3)
            canvas.grey = framed + canvas.grey * (seen - framed)


def _nose(canvas: _Canvas, person: Person) -> None:
    top, length, width = person.eye_height, person.nose_length, person.nose_width
    tip = top + length
    canvas.ellipse((0, top + 0.4 * length), (0.06, 0.6 * length), min(1.15 * person.skin, 1), strength=0.6, soft=0.05)
    canvas.ellipse((0, tip), (width, 0.09), min(1.08 * person.skin, 1), strength=0.6, soft=0.05)
    for side in (-1, 1):
        canvas.ellipse((side * 0.5 * width, tip + 0.06), (0.3 * width, 0.028), 0.35 * person.skin, strength=0.85)
    canvas.ellipse((0, tip + 0.11), (width, 0.03), 0.7 * person.skin, strength=0.5, soft=0.05)


def _mouth(canvas: _Canvas, person: Person, look: Look) -> None:
    width, tone = person.mouth_width + 0.5 * abs(look.smile), person.lip_tone * person.skin * 0.75
    place = (0.0, person.mouth_height)
    if person.moustache:
        above = (0.0, person.mouth_height - 0.1)
        canvas.ellipse(above, (1.1 * width, 0.06), person.hair, bend=-0.03, strength=person.moustache)
    canvas.ellipse(place, (width, person.lips + 0.08 * look.opened), tone, bend=look.smile)
    canvas.ellipse(place, (0.95 * width, 0.014 + 0.07 * look.opened), 0.12, bend=look.smile, strength=0.85)
    canvas.ellipse((0, place[1] + 0.14), (0.8 * width, 0.03), 0.75 * person.skin, strength=0.5, soft=0.05)
