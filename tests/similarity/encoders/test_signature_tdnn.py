import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.data.strokes import Signature
from shoestring.similarity.encoders import SignatureTdnn, signature_tdnn


@pytest.fixture(scope="module")
def samples():
    return synthetic_set(3, genuine=4, forgeries=2)


@pytest.mark.parametrize(("architecture", "width", "weights"), [("wide", 304, 3_004), ("compact", 76, 634)])
def test_the_published_architectures_give_unit_vectors(architecture, width, weights, samples):
    encoder = SignatureTdnn(architecture=architecture).build()
    vectors = encoder.encode(samples)
    assert sum(p.numel() for p in encoder.parameters()) == weights
    assert vectors.shape == (18, width) == (18, encoder.width) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_the_default_takes_eight_of_ten_features_as_the_paper_does():
    assert len(SignatureTdnn().features) == 8


def test_scales_are_learned_divide_the_input_and_travel_with_the_weights(samples):
    encoder = SignatureTdnn(features=("speed", "pen"), architecture="compact").build()
    plain = encoder.prepare(samples)
    encoder.fit_scales(samples)
    assert encoder.scales[1] == 1 and encoder.scales[0] > 1
    assert torch.equal(encoder.prepare(samples), plain / encoder.scales[:, None])
    other = SignatureTdnn(features=("speed", "pen"), architecture="compact").build()
    other.load_state_dict(encoder.state_dict())
    assert np.array_equal(other.encode(samples), encoder.encode(samples))


def test_gradients_reach_every_weight_from_prepared_input(samples):
    encoder = SignatureTdnn().build()
    encoder.fit_scales(samples)
    encoder(encoder.prepare(samples))[:, ::3].sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in encoder.parameters())


def test_dropping_the_lifted_pen_changes_what_the_network_sees(samples):
    torch.manual_seed(0)
    keep = SignatureTdnn().build()
    drop = SignatureTdnn(pen_up="drop").build()
    drop.load_state_dict(keep.state_dict())
    assert (drop.prepare(samples)[:, 0] == 1).all() and not (keep.prepare(samples)[:, 0] == 1).all()


def test_large_sets_are_encoded_in_parts_and_nothing_gives_nothing(samples, monkeypatch):
    encoder = SignatureTdnn(architecture="compact").build()
    at_once = encoder.encode(samples)
    monkeypatch.setattr(signature_tdnn, "_CHUNK", 7)
    assert encoder.encode(samples) == pytest.approx(at_once, abs=1e-6)
    assert encoder.encode([]).shape == (0, 76)


def test_an_unusable_signature_is_refused():
    still = Signature(*np.zeros((3, 4), dtype=np.float32), np.ones(4, dtype=bool))
    with pytest.raises(BadDataError, match="signature 0"):
        SignatureTdnn().build().encode([still])
