import numpy as np
import pytest
import torch

from shoestring.data.image_tensors import standardised
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoders import SiameseConv

PAPER = {"c1": 750, "s2": 30, "c3": 7_128, "s4": 100, "c5": 312_750, "f6": 12_550}
"""Trainable parameters that the article states, layer by layer."""


def counts(network):
    return {name: sum(weight.numel() for weight in layer.parameters()) for name, layer in network.named_children()}


def test_with_fifty_maps_every_layer_has_the_parameters_that_the_article_states():
    assert counts(SiameseConv(maps=50).build()) == PAPER


def test_with_forty_five_maps_two_layers_are_smaller():
    assert counts(SiameseConv().build()) == PAPER | {"s4": 90, "c5": 250 * (45 * 25 + 1)}


def test_maps_have_the_sizes_of_the_article():
    network = SiameseConv().build()
    x = torch.rand(1, 1, 56, 46)
    sizes = {}
    for name in ("c1", "s2", "c3", "s4", "c5"):
        x = network.get_submodule(name)(x)
        sizes[name] = tuple(x.shape[1:])
    assert sizes == {
        "c1": (15, 50, 40), "s2": (15, 25, 20), "c3": (45, 20, 15), "s4": (45, 5, 5), "c5": (250, 1, 1)
    }  # fmt: skip


def test_the_averaged_kernels_give_what_the_layers_one_by_one_give():
    torch.manual_seed(0)
    network = SiameseConv().build()
    prepared = network.prepare(synthetic_faces(2, 2, seed=1).pictures)
    x = torch.tanh(network.s2(network.c1(standardised(prepared))))
    x = torch.tanh(network.c5(torch.tanh(network.s4(network.c3(x))))).flatten(1)
    torch.testing.assert_close(network(prepared), torch.tanh(network.f6(x)), atol=1e-5, rtol=0)


def test_outputs_are_bounded_and_not_of_unit_length():
    torch.manual_seed(0)
    network = SiameseConv(outputs=20).build()
    found = network(torch.rand(8, 1, 56, 46))
    assert found.shape == (8, 20) and found.abs().max() < 1
    assert (found.norm(dim=1) - 1).abs().max() > 0.05
    # No two outputs can be farther apart under L1 than the bound of the loss for so many outputs.
    assert torch.cdist(found, found, p=1).max() < 2 * 20


def test_encoding_is_prepared_and_forwarded_whatever_the_company_and_the_light():
    torch.manual_seed(0)
    network = SiameseConv().build()
    faces = synthetic_faces(3, 2, seed=1)
    found = network.encode(faces.pictures)
    assert found.shape == (6, 50) and found.dtype == np.float32
    np.testing.assert_allclose(network.encode(faces[2:3])[0], found[2], atol=1e-5)
    prepared = network.prepare(faces.pictures)
    np.testing.assert_allclose(network(prepared).detach(), found, atol=1e-5)
    np.testing.assert_allclose(network(0.5 * prepared + 0.2).detach(), found, atol=2e-3)
    assert network.encode([]).shape == (0, 50)


def test_gradients_reach_every_weight():
    network = SiameseConv().build()
    network(torch.rand(2, 1, 56, 46)).square().sum().backward()
    assert all((weight.grad != 0).any() for weight in network.parameters())


def test_no_outputs_are_refused():
    with pytest.raises(ValueError, match="outputs"):
        SiameseConv(outputs=0)
