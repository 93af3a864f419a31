"""What every encoder of texts must do, without a line of code for any of them."""

import numpy as np
import pytest
import torch

from shoestring.similarity.encoders import Bert, StaticWords, TextEncoding
from tests.contracts.members import kind, members
from tests.recipes.texts import small_bert

TEXTS = ["the man buys the car in the city", "a dog", "the child finds a book", "the man buys the car in the city"]


@pytest.fixture(scope="module", params=members(TextEncoding), ids=lambda member: member().kind)
def network(request, tmp_path_factory):
    given = {Bert: {"model": str(small_bert(tmp_path_factory.mktemp("bert")))}, StaticWords: {}}
    return request.param(**given[request.param]).build().eval()


def test_it_encodes_to_unit_vectors_alone_as_in_company(network):
    found = network.encode(TEXTS)
    assert found.shape == (4, network.width) and found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert np.array_equal(found[0], found[3])
    for row, text in enumerate(TEXTS):
        assert np.allclose(network.encode([text])[0], found[row], atol=1e-5)
    assert network.encode([]).shape == (0, network.width)


def test_encoding_is_the_normalised_forward_pass(network):
    with torch.no_grad():
        raw = network(network.prepare(TEXTS))
    assert np.allclose(torch.nn.functional.normalize(raw, dim=1).numpy(), network.encode(TEXTS), atol=1e-5)


def test_rows_of_what_was_prepared_can_be_taken_in_any_order(network):
    tokens = network.prepare(TEXTS)
    with torch.no_grad():
        assert torch.allclose(network(tokens.take(np.array([2, 0]))), network(tokens)[[2, 0]], atol=1e-5)


def test_gradients_flow_and_nothing_is_learned_by_looking(network):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.fit_scales(TEXTS)
    network(network.prepare(TEXTS)).square().sum().backward()
    assert any(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in network.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_the_kinds_differ():
    kinds = [kind(member()) for member in members(TextEncoding)]
    assert len(set(kinds)) == len(kinds)
