import io

import numpy as np
import pytest

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.data.labelled_images import as_floats, open_images

Image = pytest.importorskip("PIL.Image")


def packed(path, pictures, **changes):
    files = []
    for picture in pictures:
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "JPEG", quality=95)
        files.append(stream.getvalue())
    offsets = np.cumsum([0, *map(len, files)])
    fields = {"jpeg": np.frombuffer(b"".join(files), np.uint8), "offsets": offsets, "labels": np.arange(len(files))}
    np.savez(path, **{**fields, **changes})
    return str(path)


@pytest.fixture
def pictures():
    return [np.full((32, 32, 3), 40 * k, np.uint8) for k in range(4)]


def test_images_come_back_with_their_labels(tmp_path, pictures):
    found = open_images(packed(tmp_path / "a.npz", pictures), 3)
    assert found.pixels.shape == (3, 32, 32, 3) and found.label.tolist() == [0, 1, 2] and len(found.sha256) == 64
    assert np.abs(found.pixels.astype(int).mean((1, 2, 3)) - [0, 40, 80]).max() < 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"offsets": np.array([0, 10**9, 2, 3, 4])}, "offsets must rise"),
        ({"labels": np.arange(2)}, "do not fit offsets"),
        ({"jpeg": np.zeros(5000, np.uint8)}, "offsets must rise"),
        ({"jpeg": np.array(["x"], dtype=object)}, "Python objects"),
    ],
)
def test_damaged_files_are_named(tmp_path, pictures, changes, message):
    with pytest.raises(BadDataError, match=message):
        open_images(packed(tmp_path / "a.npz", pictures, **changes), 2)


def test_other_sizes_and_missing_files_are_refused(tmp_path):
    with pytest.raises(BadDataError, match="16 x 16"):
        open_images(packed(tmp_path / "a.npz", [np.zeros((16, 16, 3), np.uint8)]), 1)
    with pytest.raises(BadDataError, match=r"none\.npz"):
        open_images(str(tmp_path / "none.npz"), 1)
    with pytest.raises(ConfigError, match="at least 1"):
        open_images("synthetic", 0)


def test_synthetic_images_are_the_same_every_time_and_their_class_is_a_direction():
    found = open_images("synthetic", 300)
    assert np.array_equal(found.pixels, open_images("synthetic", 300).pixels) and set(found.label) == set(range(10))
    # Class 0 changes along rows, class 5 along columns.
    gray = found.pixels.mean(3)
    along = lambda k, axis: np.abs(np.diff(gray[found.label == k], axis=axis)).mean()  # noqa: E731
    assert along(0, 2) > 1.2 * along(0, 1) and along(5, 1) > 1.2 * along(5, 2)


def test_squares_are_averaged():
    pixels = np.zeros((1, 32, 32, 3), np.uint8)
    pixels[0, :2, :2, 1] = [[0, 64], [128, 192]]
    small = as_floats(pixels, 16)
    assert small.shape == (1, 3, 16, 16) and small[0, 1, 0, 0] == 96 / 64 - 2 and small[0, 0, 0, 0] == -2
    with pytest.raises(ConfigError, match="divide 32"):
        as_floats(pixels, 5)
