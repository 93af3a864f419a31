"""Bytes to pixels, on the assumption that whoever sent them means harm.

The file is decoded by Pillow within limits, turned upright, and only its pixels go on: what else a file carries
(places, names, thumbnails, a film behind the picture) is gone, and the bytes themselves are never kept.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.data.images import MIN_SIDE, Picture, Pixels

MAX_BYTES = 20 * 2**20
"""Of a file."""
MAX_PIXELS = 50_000_000
"""Of a picture, before it is made smaller."""
MAX_SIDE = 16_384
MAX_SCAN_PIXELS = 1_000_000_000
"""Pixels times passes of a progressive JPEG: a small file may ask for thousands of passes over a large picture."""
LONGEST = 512
"""Longer side of the pictures that are kept: encoders see far fewer pixels, and a folder of photographs has to fit."""
FORMATS = ("JPEG", "PNG", "PPM", "BMP", "WEBP", "GIF")
"""Names as in Pillow; ``PPM`` includes PGM and PBM."""
SUFFIXES = (".jpg", ".jpeg", ".png", ".pgm", ".ppm", ".pbm", ".bmp", ".webp", ".gif")
SCRIPTS = (b"<script", b"<html", b"<svg", b"<?php")
"""What makes a program of a page in a file that is a picture as well."""
_UNDERSTOOD = "JPEG, PNG, PGM or PPM, BMP, WebP or GIF"


def decode_image(data: bytes, where: str = "image", *, longest: int = LONGEST) -> Picture:
    """The picture in ``data``, its longer side reduced to at most ``longest`` pixels.

    Rotation as the camera recorded it is applied, transparency is laid on white, palettes become RGB, 16 bits become 8.
    Raises :class:`BadDataError`, opened by ``where``, for everything that is not one still picture of a known format
    and sane size and nothing besides: an archive, a document or a page as well is refused, and so is CMYK, whose
    colours nobody knows without its profile.
    """
    if not data:
        raise BadDataError(f"{where}: is empty")
    if len(data) > MAX_BYTES:
        raise BadDataError(f"{where}: {len(data)} bytes, the limit is {MAX_BYTES}; send a smaller picture")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check(image, data, where)
            _check_alone(data, where)
            return Picture(_pixels(image, longest))
    except BadDataError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        # The second only where warnings are errors; elsewhere the size is checked above.
        raise BadDataError(f"{where}: announces far more than {MAX_PIXELS} pixels; send a smaller picture") from None
    except Image.UnidentifiedImageError:
        what = "is text, perhaps SVG or HTML" if data.lstrip()[:1] == b"<" else "is damaged or of an unknown format"
        raise BadDataError(f"{where}: {what}; send {_UNDERSTOOD}") from None
    except Exception as error:
        # Decoders meet damage in many ways, all with one answer.
        raise BadDataError(f"{where}: cannot be decoded, it is damaged or cut off ({str(error)[:80]})") from None


def read_image(path: Path, *, longest: int = LONGEST) -> Picture:
    """:func:`decode_image` of a file. Raises NotFoundError when there is none."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadDataError(f"{path}: {size} bytes, the limit is {MAX_BYTES}; save a smaller picture")
        data = path.read_bytes()
    except OSError as error:
        raise NotFoundError(f"{path}: {error.strerror}; give the file of a picture") from error
    return decode_image(data, str(path), longest=longest)


def encode_png(picture: Picture) -> bytes:
    """A PNG file of the pixels and nothing else."""
    stream = io.BytesIO()
    Image.fromarray(picture.pixels).save(stream, format="PNG")
    return stream.getvalue()


def _check(image: Image.Image, data: bytes, where: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise BadDataError(
            f"{where}: {width} x {height} pixels; the limits are {MAX_PIXELS} in all and {MAX_SIDE} on a side"
        )
    if min(width, height) < MIN_SIDE:
        raise BadDataError(f"{where}: {width} x {height} pixels; at least {MIN_SIDE} on each side are needed")
    # Cameras put a preview behind the picture (MPO), which is no animation.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise BadDataError(f"{where}: is an animation; send one still picture")
    # This marker cannot occur inside compressed data.
    passes = data.count(b"\xff\xda") if image.format in ("JPEG", "MPO") else 1
    if passes * width * height > MAX_SCAN_PIXELS:
        raise BadDataError(f"{where}: its {passes} passes would take too long; save it again")
    if image.mode == "CMYK":
        raise BadDataError(f"{where}: is in CMYK, for print; save it as RGB")
    if image.mode == "F":
        raise BadDataError(f"{where}: holds real numbers, not colours; save it with 8 or 16 bits")


def _check_alone(data: bytes, where: str) -> None:
    """Refuse a polyglot. The words are long enough not to occur in pixels by chance."""
    small = data.lower()
    for what, found in (
        ("an archive", zipfile.is_zipfile(io.BytesIO(data))),
        ("a PDF", b"%pdf-" in small[:1024]),
        ("a page with a script", any(word in small for word in SCRIPTS)),
    ):
        if found:
            raise BadDataError(f"{where}: is {what} as well as a picture; save the picture alone")


def _pixels(image: Image.Image, longest: int) -> Pixels:
    if image.format in ("JPEG", "MPO"):
        # Decodes at the smallest power of two that is still large enough.
        image.draft(image.mode, (2 * longest, 2 * longest))
    image.load()
    upright = _eight_bit(ImageOps.exif_transpose(image))
    if max(upright.size) > longest:
        scale = longest / max(upright.size)
        size = (max(round(upright.width * scale), MIN_SIDE), max(round(upright.height * scale), MIN_SIDE))
        upright = upright.resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.array(upright)


def _eight_bit(image: Image.Image) -> Image.Image:
    """In mode L or RGB."""
    if image.mode.startswith("I"):
        # Sixteen bits; Pillow itself would cut off everything above 255.
        deep = np.clip(np.asarray(image, dtype=np.int64), 0, 65_535)
        return Image.fromarray(((deep + 128) // 257).astype(np.uint8))
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image if image.mode == "L" else image.convert("L" if image.mode == "1" else "RGB")
