import math

import pytest
import torch

from shoestring.nn.tdnn import COMPACT, WIDE, Tdnn, TimeDelay


@pytest.mark.parametrize(("layers", "weights", "outputs"), [(WIDE, 3_004, 304), (COMPACT, 634, 76)])
def test_the_published_networks_have_the_published_sizes(layers, weights, outputs):
    network = Tdnn(layers)
    assert sum(p.numel() for p in network.parameters()) == weights
    assert network(torch.zeros(2, 8, 200)).shape == (2, outputs)


def test_the_maps_in_between_have_the_published_sizes():
    sizes = {}
    for name, layers in (("wide", WIDE), ("compact", COMPACT)):
        series, sizes[name] = torch.zeros(1, 8, 200), []
        for layer in Tdnn(layers).layers:
            series = layer(series)
            sizes[name].append(tuple(series.shape[1:]))
    assert sizes["wide"][::2] == [(12, 64), (16, 19)]
    assert [size for i, size in enumerate(sizes["compact"]) if i % 3 != 1] == [(6, 192), (6, 64), (4, 57), (4, 19)]


def test_a_layer_equals_the_sum_written_out():
    draw = torch.Generator().manual_seed(0)
    series = torch.randn(2, 9, generator=draw).tolist()
    network = Tdnn([TimeDelay(3, 4, stride=2, average=3)], inputs=2)
    weight, bias = (p.tolist() for p in network.parameters())
    expected = []
    for unit in range(3):
        squashed = []
        for start in (0, 2, 4):
            total = bias[unit]
            for channel in range(2):
                total += sum(weight[unit][channel][k] * series[channel][start + k] for k in range(4))
            squashed.append(math.tanh(total))
        expected.append(sum(squashed) / 3)
    assert network(torch.tensor([series]))[0].tolist() == pytest.approx(expected, rel=1e-5)
