import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.data.image_tensors import stack_pictures, standardised
from shoestring.data.images import Picture
from shoestring.data.sigma_lognormal import synthetic_set

DRAW = np.random.default_rng(0)


def test_pixels_become_shares_of_white_in_the_order_of_torch():
    colours = Picture(DRAW.integers(0, 256, (9, 11, 3)).astype(np.uint8))
    found = stack_pictures([colours, colours], 9, 11, colour=True)
    assert found.shape == (2, 3, 9, 11) and found.dtype == torch.float32
    assert found[1, 2, 4, 5].item() == pytest.approx(int(colours.pixels[4, 5, 2]) / 255)
    grey = stack_pictures([colours], 9, 11)
    assert grey.shape == (1, 1, 9, 11) and grey[0, 0, 4, 5].item() == pytest.approx(int(colours.grey()[4, 5]) / 255)


def test_nothing_is_an_empty_tensor_and_what_is_no_picture_is_refused():
    assert stack_pictures([], 9, 11).shape == (0, 1, 9, 11)
    with pytest.raises(BadDataError, match="not Signature"):
        stack_pictures(synthetic_set(1, genuine=1, forgeries=0).signatures, 9, 11)


def test_each_picture_is_scaled_by_itself():
    images = torch.rand(3, 2, 5, 7, generator=torch.Generator().manual_seed(0)).double()
    images[1] = 0.3 * images[0] + 0.4
    images[2] = 0.5
    found = standardised(images)
    np.testing.assert_allclose(found[0].mean(), 0, atol=1e-12)
    np.testing.assert_allclose(found[0].std(unbiased=False), 1, atol=1e-3)
    np.testing.assert_allclose(found[0], found[1], atol=2e-3)
    assert (found[2] == 0).all()
