"""Small colour images with classes: JPEG files packed into one npz, or synthetic ones."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.data.image_npz import jpeg_pictures
from shoestring.data.npz import array_names, read_arrays

SYNTHETIC_CLASSES = 10


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """N square images."""

    pixels: NDArray[np.uint8]
    """[N, H, W, 3]"""
    label: NDArray[np.int64]
    """[N] from 0."""
    sha256: str
    """Of the file, or of the synthetic pixels."""

    def __len__(self) -> int:
        return len(self.label)


def open_images(data: str, count: int) -> LabelledImages:
    """The first ``count`` images of an npz file, or of ``synthetic``: stripes whose direction is the class.

    The file holds ``jpeg`` (all files in one uint8 array), ``offsets`` [N + 1] and ``labels`` [N].

    Raises:
        BadDataError: the file is missing or does not hold what it should.
    """
    if count < 1:
        raise ConfigError(f"images={count}: at least 1")
    if data == "synthetic":
        return synthetic_images(count, np.random.default_rng(0))
    path = Path(data)
    wanted = ("jpeg", "offsets", "labels")
    if missing := set(wanted) - array_names(path):
        raise BadDataError(f"{path}: no {', '.join(sorted(missing))}; give an npz file with jpeg, offsets and labels")
    arrays = read_arrays(path, wanted)
    labels, offsets = arrays["labels"], arrays["offsets"]
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or offsets.shape != (len(labels) + 1,):
        raise BadDataError(f"{path}: labels {labels.shape} of {labels.dtype} do not fit offsets; a number an image")
    if count > len(labels):
        raise BadDataError(f"{path}: {len(labels)} images; {count} are wanted")
    pictures = jpeg_pictures(arrays, path, count)
    for number, picture in enumerate(pictures):
        if (picture.height, picture.width) != (32, 32):
            raise BadDataError(f"{path}: image {number} is {picture.width} x {picture.height}, not 32 x 32")
    with path.open("rb") as stream:
        digest = sha256(stream.read()).hexdigest()
    return LabelledImages(np.stack([one.rgb() for one in pictures]), labels[:count].astype(np.int64), digest)


def synthetic_images(count: int, draw: np.random.Generator) -> LabelledImages:
    """Noisy stripes of 32 x 32 in ten directions, with random phase, width and colour."""
    label = draw.integers(SYNTHETIC_CLASSES, size=count)
    angle = np.pi * label / SYNTHETIC_CLASSES
    y, x = np.mgrid[:32, :32]
    along = np.cos(angle)[:, None, None] * x + np.sin(angle)[:, None, None] * y
    wave = np.sin(2 * np.pi * (along / draw.uniform(5, 9, (count, 1, 1)) + draw.random((count, 1, 1))))
    colour = draw.uniform(0.3, 1.0, (count, 1, 1, 3))
    values = 0.5 + 0.3 * wave[..., None] * colour + 0.12 * draw.normal(size=(count, 32, 32, 3))
    pixels = (255 * values.clip(0, 1)).astype(np.uint8)
    return LabelledImages(pixels, label.astype(np.int64), sha256(pixels.tobytes()).hexdigest())


def as_floats(pixels: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """[N, 32, 32, 3] uint8 -> [N, 3, side, side], about -2 to 2; ``side`` divides 32, and squares are averaged."""
    if side < 1 or 32 % side:
        raise ConfigError(f"side={side}: must divide 32")
    n, k = len(pixels), 32 // side
    small = pixels.reshape(n, side, k, side, k, 3).astype(np.float32).mean((2, 4))
    return np.ascontiguousarray((small / 64 - 2).transpose(0, 3, 1, 2), dtype=np.float32)
