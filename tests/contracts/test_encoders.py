"""What every encoder of pen strokes or pictures must do, without a line of code for any of them."""

import numpy as np
import pytest
import torch

from shoestring.core import config
from shoestring.core.errors import BadDataError
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoded import encoder_fingerprint
from shoestring.similarity.encoders import Encoder
from tests.contracts.members import kind, members

PEN, FACES = synthetic_set(2, genuine=3, forgeries=0, seed=1), synthetic_faces(2, 3, seed=1)


def built(component, seed=0):
    """The network with random weights, and items of the kind that it takes."""
    torch.manual_seed(seed)
    network = component.build()
    for items in (FACES, PEN):
        try:
            network.prepare(items[:2])
        except (BadDataError, AttributeError):
            continue
        network.fit_scales(items)
        return network.eval(), items
    raise AssertionError(f"{component.kind} takes neither signatures nor pictures")


@pytest.fixture(scope="module", params=[member() for member in members(Encoder)], ids=kind)
def made(request):
    return built(request.param)


def test_vectors_are_finite_float32_as_long_as_announced(made):
    network, items = made
    found = network.encode(items[:4])
    assert found.shape == (4, network.width) and found.dtype == np.float32 and np.isfinite(found).all()
    assert network.encode([]).shape == (0, network.width)


def test_a_vector_does_not_depend_on_the_company_or_on_repetition(made):
    network, items = made
    together = network.encode(items[:4])
    np.testing.assert_array_equal(network.encode(items[:4]), together)
    np.testing.assert_allclose(network.encode(items[2:3])[0], together[2], atol=1e-5)


def test_different_items_have_different_vectors(made):
    network, items = made
    found = network.encode(items[:6])
    assert len({row.tobytes() for row in found}) == 6


def test_encoding_is_preparing_and_going_through_the_network_unless_views_are_averaged(made):
    network, items = made
    if getattr(network.config, "mirror", False) and list(network.parameters()):
        pytest.skip("encode averages a picture and its mirror image")
    with torch.no_grad():
        np.testing.assert_allclose(network(network.prepare(items[:3])).numpy(), network.encode(items[:3]), atol=1e-5)


def test_settings_and_state_make_the_same_encoder_again(made):
    network, items = made
    table = config.as_table(network.config)
    component = config.load(type(network.config), [config.Layer("test", table)])
    again, _ = built(component, seed=1)
    again.load_state_dict(network.state_dict())
    np.testing.assert_array_equal(again.encode(items[:3]), network.encode(items[:3]))
    assert encoder_fingerprint(again) == encoder_fingerprint(network)


def test_the_fingerprint_changes_with_what_it_learned(made):
    network, _ = made
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    other, _ = built(network.config, seed=0)
    name = next(name for name, tensor in state.items() if tensor.is_floating_point())
    other.load_state_dict({**state, name: state[name] + 1})
    assert encoder_fingerprint(other) != encoder_fingerprint(network)
