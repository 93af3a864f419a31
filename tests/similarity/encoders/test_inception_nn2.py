import numpy as np
import pytest
import torch

from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoders import InceptionNn2

MAPS = [256, 320, 640, 640, 640, 640, 640, 1024, 1024, 1024]
"""Output maps of modules 3a to 5b in table 2."""


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return InceptionNn2(size=64).build()


def test_it_has_the_seven_and_a_half_million_weights_of_the_article(network):
    assert sum(weight.numel() for weight in network.parameters()) == 7_456_304


def test_every_module_has_the_maps_and_sizes_of_the_table(network):
    x = network.stem(torch.rand(1, 3, 224, 224))
    assert x.shape == (1, 192, 28, 28)
    sizes = []
    for module in network.inceptions:
        x = module(x)
        sizes.append((x.shape[1], x.shape[2]))
    assert sizes == list(zip(MAPS, [28, 28, 14, 14, 14, 14, 14, 7, 7, 7], strict=True))


def test_smaller_pictures_give_unit_vectors_too(network):
    found = network.encode(synthetic_faces(2, 1).pictures)
    assert found.shape == (2, 128) and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    assert network.encode([]).shape == (0, 128)


def test_settings_out_of_range_are_refused():
    for wrong in ({"size": 31}, {"width": 0}):
        with pytest.raises(ValueError):
            InceptionNn2(**wrong)
