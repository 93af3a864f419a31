import numpy as np
import pytest
import torch

from shoestring.data.images import Picture
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoders import ConvSmall


def test_unit_vectors_that_do_not_depend_on_the_company_even_while_training():
    torch.manual_seed(0)
    network = ConvSmall(channels=8, width=24).build().train()
    faces = synthetic_faces(3, 2, seed=1)
    found = network.encode(faces.pictures)
    assert found.shape == (6, 24) and found.dtype == np.float32 and network.training
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(network.encode(faces[3:4])[0], found[3], atol=1e-5)
    assert network.encode([]).shape == (0, 24)


@pytest.mark.parametrize(
    ("height", "breadth", "colour"), [(48, 48, True), (96, 96, False), (56, 46, False), (16, 16, True)]
)
def test_any_size_from_16_pixels_on(height, breadth, colour):
    network = ConvSmall(height=height, breadth=breadth, colour=colour, channels=4).build()
    prepared = network.prepare(synthetic_faces(1, 2).pictures)
    assert prepared.shape == (2, 3 if colour else 1, height, breadth)
    assert network(prepared).shape == (2, 128)


def test_with_its_mirror_image_a_picture_and_its_mirror_image_are_the_same():
    torch.manual_seed(0)
    network = ConvSmall(height=56, breadth=46, channels=4, width=8, mirror=True).build().eval()
    faces = synthetic_faces(2, 1).pictures
    mirrored = [Picture(np.ascontiguousarray(face.pixels[:, ::-1])) for face in faces]
    found = network.encode(faces)
    np.testing.assert_allclose(found, network.encode(mirrored), atol=1e-5)
    with torch.no_grad():
        both = network(network.prepare(faces)) + network(network.prepare(mirrored))
    np.testing.assert_allclose(found, both / both.norm(dim=1, keepdim=True), atol=1e-5)


def test_the_linear_layer_tells_apart_what_is_where():
    """A spot at the left and the same spot at the right are one to a network that averages over places."""
    torch.manual_seed(0)
    network = ConvSmall(breadth=64, channels=4, width=8).build().eval()
    left = torch.zeros(1, 1, 40, 64)
    left[:, :, 16:24, 24] = 1
    right = torch.roll(left, 16, dims=3)
    with torch.no_grad():
        maps = [network.maps(spot).mean(dim=(2, 3)) for spot in (left, right)]
        vectors = [network(spot) for spot in (left, right)]
    torch.testing.assert_close(*maps)
    assert (vectors[0] - vectors[1]).norm() > 0.2
    assert network.out.in_features == 16 * 5 * 8


def test_gradients_reach_every_weight():
    torch.manual_seed(0)
    network = ConvSmall(channels=4, width=8).build()
    (network(torch.rand(6, 1, 40, 32)) @ torch.rand(8)).square().sum().backward()
    assert all((weight.grad != 0).any() for weight in network.parameters())


@pytest.mark.parametrize("wrong", [{"height": 15}, {"width": 0}, {"channels": 0}, {"dropout": 1.0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError):
        ConvSmall(**wrong)
