import numpy as np
import pytest
import torch
from torch.nn import functional as F

from shoestring.nn.lenet import PartialConv2d, Subsampling, averaged_convolution, connection_table


def test_subsampling_averages_fields_and_applies_gain_and_bias():
    layer = Subsampling(2, (4, 3))
    with torch.no_grad():
        layer.gain.copy_(torch.tensor([2.0, -1.0]))
        layer.bias.copy_(torch.tensor([0.5, 0.25]))
    maps = torch.rand(3, 2, 8, 9, generator=torch.Generator().manual_seed(0))
    found = layer(maps)
    assert found.shape == (3, 2, 2, 3) and sum(weight.numel() for weight in layer.parameters()) == 4
    assert found[1, 0, 1, 2].item() == pytest.approx(2 * maps[1, 0, 4:8, 6:9].mean().item() + 0.5, rel=1e-5)
    assert found[2, 1, 0, 0].item() == pytest.approx(-maps[2, 1, :4, :3].mean().item() + 0.25, rel=1e-5)


def test_a_partial_convolution_is_the_sum_over_its_connections():
    table = [[0, 2], [1], [2, 0, 1]]
    layer = PartialConv2d(table, 3, 2)
    maps = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    found = layer(maps)
    expected = np.zeros((2, 3, 3, 4))
    kernels, number = layer.kernels.detach().numpy(), 0
    for out, row in enumerate(table):
        for into in row:
            for i in range(3):
                for j in range(4):
                    field = maps[:, into, i : i + 2, j : j + 2].numpy()
                    expected[:, out, i, j] += (field * kernels[number]).sum(axis=(1, 2))
            number += 1
    np.testing.assert_allclose(found.detach(), expected, atol=1e-5)
    assert layer.kernels.shape == (6, 2, 2)


def test_gradients_reach_every_kernel_and_only_connected_maps():
    layer = PartialConv2d([[0], [0, 1]], 3, 2)
    maps = torch.rand(1, 3, 3, 3, requires_grad=True)
    layer(maps).sum().backward()
    assert (layer.kernels.grad != 0).all() and (maps.grad[:, 2] == 0).all() and (maps.grad[:, :2] != 0).any()


@pytest.mark.parametrize("field", [(2, 2), (4, 3), (1, 2)])
def test_averaging_the_kernels_is_averaging_the_maps_by_values_and_gradients(field):
    draw = torch.Generator().manual_seed(0)
    # 17 x 14 maps are no multiple of any field: what is left over at the border is left out in both.
    given = [torch.randn(shape, generator=draw, dtype=torch.float64) for shape in ((2, 3, 20, 16), (4, 3, 4, 3), (4,))]
    fast, plain = ([one.clone().requires_grad_() for one in given] for _ in range(2))
    found = averaged_convolution(*fast, field)
    expected = F.avg_pool2d(F.conv2d(*plain), field)
    weights = torch.randn(expected.shape, generator=draw, dtype=torch.float64)
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    torch.testing.assert_close(found, expected)
    for one, other in zip(fast, plain, strict=True):
        torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize("table", [[[0, 0]], [[3]], [[-1]]])
def test_connections_that_repeat_or_lead_nowhere_are_refused(table):
    with pytest.raises(ValueError, match="each connection once"):
        PartialConv2d(table, 3, 2)


@pytest.mark.parametrize("outputs", [45, 50])
def test_the_table_spreads_the_connections_evenly(outputs):
    table = connection_table(outputs, 15, 198)
    assert sum(map(len, table)) == 198 and len(table) == outputs
    assert {len(row) for row in table} <= ({4, 5} if outputs == 45 else {3, 4})
    assert all(len(set(row)) == len(row) for row in table) and len({tuple(row) for row in table}) == outputs
    used = np.bincount([into for row in table for into in row], minlength=15)
    assert used.min() >= 11 and used.max() <= 16
