"""Pictures: one type for every source, decoded, upright and without anything but pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shoestring.core.errors import BadDataError

MIN_SIDE = 8
"""Pixels below which there is nothing to see."""
Pixels = NDArray[np.uint8]
Fit = Literal["crop", "pad"]


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels of one picture, upright, in sRGB or grey; nothing of the file that they came from is kept.

    Equal only to itself, so that what is computed of a picture can be remembered by it.
    """

    pixels: Pixels
    """[H, W] grey or [H, W, 3] red, green, blue; made read-only."""

    def __post_init__(self) -> None:
        shape, dtype = self.pixels.shape, self.pixels.dtype
        if dtype != np.uint8 or not (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)):
            raise BadDataError(f"a picture needs uint8 pixels [H, W] or [H, W, 3], got {dtype} {shape}")
        if min(shape[:2]) < MIN_SIDE:
            raise BadDataError(f"a picture of {shape[1]} x {shape[0]} pixels is too small; {MIN_SIDE} are the least")
        self.pixels.setflags(write=False)

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def colour(self) -> bool:
        """Whether the three colours are stored apart."""
        return self.pixels.ndim == 3

    def grey(self) -> Pixels:
        """[H, W] luma of ITU-R BT.601, as Pillow and OpenCV compute it."""
        return np.asarray(Image.fromarray(self.pixels).convert("L")) if self.colour else self.pixels

    def rgb(self) -> Pixels:
        """[H, W, 3]"""
        return self.pixels if self.colour else np.repeat(self.pixels[:, :, None], 3, axis=2)


@dataclass(frozen=True, eq=False)
class ImageSet(Sequence[Picture]):
    """Pictures with the identity that each shows: a person, a product, a part, a drawing."""

    pictures: tuple[Picture, ...]
    identity: NDArray[np.str_]
    """[N]"""
    sample: NDArray[np.int64]
    """[N] running number within the identity, in the order of the source; the first ones enrol."""
    source: str = ""
    """Where it was read from, for messages and ``data.json``."""
    repairs: tuple[str, ...] = ()
    """What reading had to leave out, one sentence each."""

    @property
    def genuine(self) -> NDArray[np.bool_]:
        """[N] all True: nobody imitates a face on purpose here."""
        return np.ones(len(self.pictures), dtype=bool)

    def __len__(self) -> int:
        return len(self.pictures)

    @overload
    def __getitem__(self, index: int) -> Picture: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Picture, ...]: ...

    def __getitem__(self, index: int | slice) -> Picture | tuple[Picture, ...]:
        return self.pictures[index]

    def subset(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "ImageSet":
        """The rows chosen by index or mask, in that order."""
        rows = np.flatnonzero(rows) if np.asarray(rows).dtype == bool else np.asarray(rows, dtype=np.int64)
        return ImageSet(
            tuple(self.pictures[i] for i in rows), self.identity[rows], self.sample[rows], self.source, self.repairs
        )


def image_set(
    pictures: Sequence[Picture], identity: Sequence[str], source: str = "", repairs: Sequence[str] = ()
) -> ImageSet:
    """A set whose samples are numbered in the order given, from 1 within each identity."""
    count: dict[str, int] = {}
    sample = []
    for name in identity:
        count[name] = count.get(name, 0) + 1
        sample.append(count[name])
    return ImageSet(
        tuple(pictures), np.array(identity, dtype=np.str_), np.array(sample, np.int64), source, tuple(repairs)
    )


def fit_pixels(picture: Picture, height: int, width: int, *, colour: bool, fit: Fit = "crop") -> Pixels:
    """Pixels [``height``, ``width``] or [..., 3] of the whole picture, its aspect kept.

    ``crop`` cuts evenly what is too long on one side; ``pad`` keeps everything and repeats the border pixels. Shrinking
    averages over areas, enlarging interpolates linearly.
    """
    image = Image.fromarray(picture.rgb() if colour else picture.grey())
    scale = (max if fit == "crop" else min)(height / image.height, width / image.width)
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    if size != image.size:
        # Pillow's linear filter widens with the reduction, so it averages and does not alias.
        image = image.resize(size, Image.Resampling.BILINEAR)
    found = np.asarray(image)
    return np.ascontiguousarray(_centred(_centred(found, height, axis=0), width, axis=1))


def _centred(pixels: Pixels, length: int, axis: int) -> Pixels:
    present = pixels.shape[axis]
    if present >= length:
        return pixels.take(range((present - length) // 2, (present - length) // 2 + length), axis=axis)
    before = (length - present) // 2
    widths = [(0, 0)] * pixels.ndim
    widths[axis] = (before, length - present - before)
    return np.pad(pixels, widths, mode="edge")
