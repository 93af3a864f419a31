"""The npz layouts of pictures: plain, bit-packed or as JPEG files in one array, with an identity for each."""

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.data.image_decode import MAX_BYTES, decode_image
from shoestring.data.images import ImageSet, Picture, image_set
from shoestring.data.npz import Arrays, array_names, read_arrays

LABELS = ("identity", "label", "labels")
"""Names of the array of identities; the first one present counts."""
MAX_PICTURES = 200_000


def npz_images(path: Path) -> ImageSet:
    """The pictures of an npz file.

    =================  ===============================================================================
    array              holds
    =================  ===============================================================================
    images             uint8 [N, H, W] or [N, H, W, 3]; with image_shape: bits [N, H, ceil(W / 8)], 1 = ink
    jpeg, offsets      in place of images: all JPEG files in a row, uint8, and where each begins [N + 1]
    identity           [N] or label or labels, whole numbers or text
    class_names        text that names the numbers from 0 on, if there is any
    shot               [N] the order within an identity, if it is not that of the file
    =================  ===============================================================================

    Raises BadDataError for everything else.
    """
    names = array_names(path)
    label = next((name for name in LABELS if name in names), None)
    if label is None or not ("images" in names or {"jpeg", "offsets"} <= names):
        raise BadDataError(
            f"{path}: holds {', '.join(sorted(names))[:200]}; pictures need images, or jpeg and offsets, and one of "
            f"{', '.join(LABELS)}"
        )
    content = ("images", "image_shape") if "images" in names else ("jpeg", "offsets")
    wanted = [name for name in (*content, label, "class_names", "shot") if name in names]
    arrays = read_arrays(path, wanted)
    pictures = _plain(arrays, path) if "images" in names else jpeg_pictures(arrays, path)
    identity = _identities(arrays[label], arrays.get("class_names"), label, len(pictures), path)
    found = image_set(pictures, identity, str(path))
    shot = arrays.get("shot")
    if shot is None:
        return found
    if shot.shape != (len(pictures),) or shot.dtype.kind not in "iu":
        raise BadDataError(f"{path}: shot has shape {shot.shape} of {shot.dtype}, not a whole number for each picture")
    return ImageSet(found.pictures, found.identity, shot.astype(np.int64), found.source)


def _plain(arrays: Arrays, path: Path) -> list[Picture]:
    images = arrays["images"]
    if "image_shape" in arrays:
        images = _unpacked(images, arrays["image_shape"], path)
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        raise BadDataError(
            f"{path}: images has shape {images.shape} of {images.dtype}, not uint8 [N, H, W] or [N, H, W, 3]"
        )
    _limit(len(images), path)
    try:
        return [Picture(np.ascontiguousarray(pixels)) for pixels in images]
    except BadDataError as error:
        raise BadDataError(f"{path}: {error}") from None


def _unpacked(images: NDArray[np.generic], shape: NDArray[np.generic], path: Path) -> NDArray[np.uint8]:
    whole = shape.shape == (2,) and shape.dtype.kind in "iu" and images.dtype == np.uint8 and images.ndim == 3
    if not whole or tuple(images.shape[1:]) != (int(shape[0]), -(-int(shape[1]) // 8)):
        raise BadDataError(f"{path}: image_shape {shape.tolist()} does not fit images {images.shape} of {images.dtype}")
    bits = np.unpackbits(images.view(np.uint8), axis=-1)[:, :, : int(shape[1])]
    # Dark ink on light paper, like every other picture.
    return np.asarray(255 * (1 - bits), dtype=np.uint8)


def jpeg_pictures(arrays: Arrays, path: Path, most: int = MAX_PICTURES) -> list[Picture]:
    """The first ``most`` pictures of the arrays ``jpeg`` and ``offsets``. Raises BadDataError."""
    blob, offsets = arrays["jpeg"], arrays["offsets"]
    if blob.dtype != np.uint8 or blob.ndim != 1 or offsets.ndim != 1 or offsets.dtype.kind not in "iu":
        raise BadDataError(
            f"{path}: jpeg {blob.shape} of {blob.dtype} and offsets {offsets.shape} of {offsets.dtype}; bytes and "
            "whole numbers in one row each are needed"
        )
    places = offsets.astype(np.int64)
    steps = np.diff(places)
    if len(places) < 2 or places[0] != 0 or places[-1] != len(blob) or (steps <= 0).any() or steps.max() > MAX_BYTES:
        raise BadDataError(f"{path}: offsets must rise from 0 to {len(blob)}, the number of bytes")
    _limit(len(steps), path)
    data = blob.tobytes()
    return [
        decode_image(data[a:b], f"{path}: item {i}") for i, (a, b) in enumerate(pairwise(places[: most + 1].tolist()))
    ]


def _identities(
    label: NDArray[np.generic], names: NDArray[np.generic] | None, word: str, count: int, path: Path
) -> list[str]:
    if label.shape != (count,) or label.dtype.kind not in "iuU":
        raise BadDataError(f"{path}: {word} has shape {label.shape} of {label.dtype}, not one for each of {count}")
    if names is None or label.dtype.kind == "U":
        return [str(one) for one in label.tolist()]
    if names.ndim != 1 or names.dtype.kind != "U":
        raise BadDataError(f"{path}: class_names has shape {names.shape} of {names.dtype}, not a row of text")
    numbers = label.astype(np.int64)
    if numbers.min() < 0 or numbers.max() >= len(names):
        raise BadDataError(
            f"{path}: {word} runs from {numbers.min()} to {numbers.max()}, there are {len(names)} class names"
        )
    return [str(names[number]) for number in numbers]


def _limit(count: int, path: Path) -> None:
    if not 1 <= count <= MAX_PICTURES:
        raise BadDataError(f"{path}: {count} pictures; between 1 and {MAX_PICTURES} are read")
