import contextlib
import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.data import image_decode
from shoestring.data.image_decode import decode_image, encode_png, read_image
from shoestring.data.images import Picture

PIXELS = np.random.default_rng(0).integers(0, 256, (24, 30, 3)).astype(np.uint8)


def file(image, form, **options):
    stream = io.BytesIO()
    image.save(stream, format=form, **options)
    return stream.getvalue()


def rgb():
    return Image.fromarray(PIXELS)


@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("BMP", {}), ("PPM", {}), ("WEBP", {"lossless": True})])
def test_lossless_formats_give_the_very_pixels(form, options):
    assert (decode_image(file(rgb(), form, **options)).pixels == PIXELS).all()
    grey = decode_image(file(rgb().convert("L"), "PPM"))
    assert not grey.colour and (grey.pixels == np.asarray(rgb().convert("L"))).all()


def test_jpeg_and_a_still_gif_are_read():
    smooth = Image.fromarray(np.broadcast_to(np.arange(0, 240, 8, dtype=np.uint8), (24, 30)).copy())
    for form in ("JPEG", "GIF"):
        assert np.abs(decode_image(file(smooth, form)).grey().astype(int) - np.asarray(smooth).astype(int)).max() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_rotation_of_the_camera_is_applied_and_forgotten(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    exif[0x010F] = "SECRET CAMERA"
    data = file(rgb(), "PNG", exif=exif)
    # The eight ways to lay a picture, as the EXIF standard lists them: what the first row and column of the file show.
    upright = {
        1: PIXELS, 2: PIXELS[:, ::-1], 3: PIXELS[::-1, ::-1], 4: PIXELS[::-1], 5: PIXELS.swapaxes(0, 1),
        6: PIXELS[::-1].swapaxes(0, 1), 7: PIXELS[::-1, ::-1].swapaxes(0, 1), 8: PIXELS[:, ::-1].swapaxes(0, 1),
    }[orientation]  # fmt: skip
    picture = decode_image(data)
    assert (picture.pixels == upright).all()
    assert b"SECRET" in data and b"SECRET" not in encode_png(picture)


def test_cmyk_is_refused():
    with pytest.raises(BadDataError, match="face: is in CMYK"):
        decode_image(file(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG"), "face")


def test_palettes_and_sixteen_bits_become_what_they_look_like():
    palette = rgb().quantize(16)
    assert (decode_image(file(palette, "PNG")).pixels == np.asarray(palette.convert("RGB"))).all()
    deep = np.linspace(0, 65_535, 20 * 20).reshape(20, 20).astype(np.uint16)
    assert np.abs(decode_image(file(Image.fromarray(deep), "PNG")).pixels - deep / 257).max() <= 0.51
    bits = Image.fromarray(PIXELS[:, :, 0] > 127)
    assert set(np.unique(decode_image(file(bits, "PNG")).pixels)) == {0, 255}


def test_transparency_is_laid_on_white():
    clear = Image.new("RGBA", (10, 10), (10, 20, 30, 0))
    assert (decode_image(file(clear, "PNG")).pixels == 255).all()


def test_large_pictures_are_made_smaller_with_their_aspect():
    big = Image.fromarray(np.full((900, 1800), 90, np.uint8))
    for form in ("PNG", "JPEG"):
        picture = decode_image(file(big, form), longest=300)
        assert (picture.height, picture.width) == (150, 300) and np.abs(picture.pixels.astype(int) - 90).max() <= 1


def png_of(width, height):
    """A tiny file that announces any size."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def animation(form):
    return file(rgb(), form, save_all=True, append_images=[Image.new("RGB", (30, 24), "red")], loop=0)


HOSTILE = {
    "empty": (b"", "is empty"),
    "text": (b"hello, this is no picture", "unknown format"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG or HTML"),
    "html": (b"\n <html>", "SVG or HTML"),
    "pdf": (b"%PDF-1.7\n", "unknown format"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", "unknown format"),
    "tiff": (file(rgb(), "TIFF"), "unknown format"),
    "truncated png": (file(rgb(), "PNG")[:-200], "damaged or cut off"),
    "truncated jpeg": (file(rgb(), "JPEG")[:-100], "damaged or cut off"),
    "header only": (file(rgb(), "PNG")[:40], "damaged"),
    "bomb": (png_of(50_000, 50_000), "pixels"),
    "half a bomb": (png_of(10_000, 10_000), "pixels"),
    "long bomb": (png_of(20_000, 20), "20000 x 20 pixels"),
    "one pixel": (file(Image.new("RGB", (1, 1)), "PNG"), "at least 8"),
    "gif animation": (animation("GIF"), "animation"),
    "webp animation": (animation("WEBP"), "animation"),
    "png animation": (animation("PNG"), "animation"),
}


@pytest.mark.parametrize(("data", "message"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused_with_the_place_and_the_reason(data, message):
    with pytest.raises(BadDataError, match=f"upload 3: .*{message}"):
        decode_image(data, "upload 3")


def test_too_many_bytes_are_refused_before_anything_is_read(monkeypatch, tmp_path):
    monkeypatch.setattr(image_decode, "MAX_BYTES", 100)
    data = file(rgb(), "PNG")
    with pytest.raises(BadDataError, match="the limit is 100"):
        decode_image(data)
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(BadDataError, match=r"a\.png: .* the limit is 100"):
        read_image(tmp_path / "a.png")


def test_a_jpeg_of_endless_passes_is_refused(monkeypatch):
    data = file(rgb(), "JPEG", progressive=True)
    assert data.count(b"\xff\xda") > 3
    decode_image(data)
    monkeypatch.setattr(image_decode, "MAX_SCAN_PIXELS", 3 * 24 * 30)
    with pytest.raises(BadDataError, match="passes"):
        decode_image(data)


def test_a_polyglot_is_refused_and_a_film_behind_a_photograph_is_left_behind():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as second:
        second.writestr("payload.js", "alert(1)")
    picture = file(rgb(), "PNG")
    assert zipfile.is_zipfile(io.BytesIO(picture + archive.getvalue()))
    comment = PngImagePlugin.PngInfo()
    comment.add_text("Comment", "%PDF-1.7")
    for data, what in (
        (picture + archive.getvalue(), "an archive"), (file(rgb(), "PNG", pnginfo=comment), "a PDF"),
        (picture + b"<SCRIPT>alert(1)</SCRIPT>", "a page"), (picture + b"<?php system($_GET[0]);", "a page"),
    ):  # fmt: skip
        with pytest.raises(BadDataError, match=f"is {what}.* as well as a picture"):
            decode_image(data)
    film = decode_image(picture + b"\x00\x00\x00\x18ftypmp42" + bytes(1000))
    assert (film.pixels == PIXELS).all() and b"ftyp" not in encode_png(film)


def test_every_cut_of_a_file_is_refused_or_read_but_never_anything_else():
    for form in ("PNG", "JPEG", "GIF", "BMP", "PPM", "WEBP"):
        data = file(rgb(), form)
        for end in range(0, len(data), max(len(data) // 12, 1)):
            with contextlib.suppress(BadDataError):
                assert isinstance(decode_image(data[:end]), Picture)


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFoundError, match=r"none\.png"):
        read_image(tmp_path / "none.png")
