import numpy as np
import pytest
import torch

from shoestring.nn.inception import Inception, InceptionModule, L2Pool, rectified


@pytest.mark.parametrize("stride", [1, 2])
def test_l2_pooling_is_the_root_of_the_sum_of_squares(stride):
    maps = torch.rand(2, 3, 5, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = L2Pool(stride)(maps)
    padded = np.pad(maps.numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)))
    for i in range(found.shape[2]):
        for j in range(found.shape[3]):
            field = padded[:, :, i * stride : i * stride + 3, j * stride : j * stride + 3]
            np.testing.assert_allclose(found[:, :, i, j], np.sqrt(np.square(field).sum(axis=(2, 3))))


def test_l2_pooling_of_nothing_has_a_finite_gradient():
    maps = torch.zeros(1, 1, 4, 4, requires_grad=True)
    L2Pool()(maps).sum().backward()
    assert maps.grad.isfinite().all()


def test_columns_are_joined_in_the_order_of_the_table():
    module = InceptionModule(Inception(4, (3, 5), (2, 6), "l2", 7), 8)
    maps = torch.rand(2, 8, 6, 6)
    found = module(maps)
    assert found.shape == (2, 22, 6, 6) and module.outputs == 22 and (found >= 0).all()
    parts = found.split([4, 5, 6, 7], dim=1)
    for part, column in zip(parts, module.columns, strict=True):
        assert torch.equal(part, column(maps))


def test_a_column_of_no_maps_is_left_out_and_pooling_passes_on_with_its_stride():
    module = InceptionModule(Inception(0, (4, 6), (2, 3), "max", 0, stride=2), 8)
    maps = torch.rand(1, 8, 7, 9)
    found = module(maps)
    assert found.shape == (1, 6 + 3 + 8, 4, 5) and module.outputs == 17
    assert torch.equal(found[:, 9:], torch.nn.functional.max_pool2d(maps, 3, 2, padding=1))


def test_weights_are_those_of_the_convolutions():
    count = sum(weight.numel() for weight in InceptionModule(Inception(4, (3, 5), (2, 6), "max", 7), 8).parameters())
    assert count == (8 + 1) * 4 + (8 + 1) * 3 + (27 + 1) * 5 + (8 + 1) * 2 + (50 + 1) * 6 + (8 + 1) * 7


def test_with_normalisation_there_is_no_second_bias():
    convolution, normalisation, _ = rectified(3, 5, 3, normalise=True)
    assert convolution.bias is None and normalisation.num_features == 5 and len(rectified(3, 5, 3)) == 2
