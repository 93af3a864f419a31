import weakref

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.images import ImageSet, Picture, fit_pixels, image_set


def grey(height=10, width=12, value=7):
    return Picture(np.full((height, width), value, np.uint8))


def test_a_picture_is_equal_to_itself_alone_and_can_be_remembered_weakly():
    one, other = grey(), grey()
    table = weakref.WeakKeyDictionary({one: 1, other: 2})
    assert one != other and len(table) == 2
    del other
    assert len(table) == 1


def test_its_pixels_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        grey().pixels[0, 0] = 3


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((10, 10)), np.zeros((10, 10, 4), np.uint8), np.zeros((10, 10, 1), np.uint8), np.zeros(100, np.uint8),
        np.zeros((7, 100), np.uint8),
    ],
)  # fmt: skip
def test_other_arrays_are_no_picture(pixels):
    with pytest.raises(BadDataError):
        Picture(pixels)


def test_grey_is_bt601_luma_and_rgb_repeats_it():
    colours = np.zeros((8, 8, 3), np.uint8)
    colours[:, :, 0], colours[:, :, 1], colours[:, :, 2] = 200, 100, 50
    picture = Picture(colours)
    assert picture.colour and not grey().colour
    assert picture.grey()[0, 0] == round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    assert (grey().rgb() == 7).all() and grey().rgb().shape == (10, 12, 3)


def test_samples_are_numbered_within_the_identity():
    found = image_set([grey() for _ in range(5)], ["b", "a", "b", "a", "b"], "here")
    assert found.sample.tolist() == [1, 1, 2, 2, 3] and found.genuine.all() and found.genuine.dtype == bool
    chosen = found.subset(np.array([4, 1]))
    assert isinstance(chosen, ImageSet) and chosen[0] is found[4]
    assert chosen.identity.tolist() == ["b", "a"] and chosen.sample.tolist() == [3, 1] and chosen.source == "here"
    assert len(found.subset(found.identity == "a")) == 2


def ramp(height, width):
    """Every column has the value of its index, times two."""
    return Picture(np.broadcast_to(2 * np.arange(width, dtype=np.uint8), (height, width)).copy())


def test_crop_cuts_evenly_and_keeps_the_aspect():
    found = fit_pixels(ramp(20, 40), 20, 20, colour=False)
    assert found.shape == (20, 20) and found[0].tolist() == list(range(20, 60, 2))


def test_pad_keeps_everything_and_repeats_the_border():
    found = fit_pixels(ramp(20, 40), 40, 40, colour=False, fit="pad")
    assert found.shape == (40, 40) and found[20].tolist() == list(range(0, 80, 2))
    assert (found[0] == found[20]).all()


def test_shrinking_averages_over_areas():
    stripes = Picture(np.tile(np.array([0, 255], np.uint8), (64, 32)))
    assert np.abs(fit_pixels(stripes, 8, 8, colour=False).astype(int) - 127).max() <= 6


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("size", [(112, 92), (60, 64), (9, 400), (301, 8)])
def test_any_size_fits_any_other(fit, size):
    picture = grey(*size)
    assert (fit_pixels(picture, 56, 46, colour=False, fit=fit) == 7).all()
    assert fit_pixels(picture, 33, 33, colour=True, fit=fit).shape == (33, 33, 3)
