import pytest
import torch
from torch.nn import functional as F

from shoestring.similarity.distances import squared_distances, wide


def direct(left, right):
    return (left[:, None].double() - right[None].double()).square().sum(dim=2)


@pytest.fixture
def z():
    return F.normalize(torch.randn(40, 128, generator=torch.Generator().manual_seed(0)), dim=1)


@pytest.mark.parametrize("spread", [1.0, 1e-3, 1e-5])
def test_small_distances_keep_their_digits(z, spread):
    close = z[:1] + spread * z
    found = squared_distances(wide(close), wide(close))
    torch.testing.assert_close(found, direct(close, close), rtol=1e-5, atol=1e-14)


def test_the_usual_identity_in_single_precision_would_not_keep_them(z):
    # What the double precision is for: without it this test's bound is missed by far.
    close = z[:1] + 1e-3 * z
    single = (close.square().sum(1)[:, None] + close.square().sum(1)[None] - 2 * close @ close.T)[0, 1:]
    expected = direct(close, close)[0, 1:]
    assert ((single - expected).abs() / expected).max() > 0.01


def test_single_precision_is_kept_where_nothing_wider_exists(z):
    # The branch for devices without double precision subtracts; there the identity would lose the digits.
    close = z[:1] + 1e-3 * z
    found = squared_distances(close, close)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), direct(close, close), rtol=1e-4, atol=1e-12)


def test_rows_are_the_left_side_and_nothing_is_negative(z):
    found = squared_distances(wide(z[:3]), wide(z))
    assert found.shape == (3, 40) and (found >= 0).all() and (found.diagonal() < 1e-14).all()
    torch.testing.assert_close(found, direct(z[:3], z), rtol=1e-10, atol=1e-14)


def test_half_precision_is_widened_and_carries_no_gradient(z):
    assert wide(z.half().requires_grad_()).dtype == torch.float64 and not wide(z.requires_grad_()).requires_grad
