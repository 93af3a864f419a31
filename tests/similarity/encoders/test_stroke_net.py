import numpy as np
import pytest
import torch
from torch.nn import functional as F

from shoestring.data.pen_features_modern import DSDTW_FEATURES, ink_path, modern_features
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.similarity.encoders import StrokeNet


@pytest.fixture(scope="module")
def samples():
    return synthetic_set(3, genuine=4, forgeries=0, seed=6)


@pytest.fixture(scope="module")
def encoder(samples):
    torch.manual_seed(0)
    encoder = StrokeNet(channels=12, width=8).build().eval()
    encoder.fit_scales(samples)
    return encoder


def test_what_goes_in_are_the_features_and_where_they_end(encoder, samples):
    prepared = encoder.prepare(samples)
    features = modern_features(ink_path(samples[2], 15.0))
    length = len(features["vx"][::2])
    row = prepared[2]
    assert prepared.shape == (12, 13, 500) and row[0].sum() == length and (row[:, length:] == 0).all()
    place = 1 + DSDTW_FEATURES.index("tangential")
    scaled = features["tangential"][::2] / encoder.scales[place - 1].item()
    assert row[place, :length].numpy() == pytest.approx(scaled.astype(np.float32), abs=1e-5)


def test_scales_bring_every_feature_to_unit_spread(samples):
    encoder = StrokeNet(channels=4, features=("log_speed", "cos", "vx")).build()
    encoder.fit_scales(samples)
    prepared = encoder.prepare(samples)
    inside = prepared[:, 0] > 0
    for row in prepared[:, 1:].unbind(1):
        assert row[inside].std().item() == pytest.approx(1, rel=1e-3)


def test_vectors_have_unit_length_and_do_not_depend_on_company(encoder, samples):
    together = encoder.encode(samples)
    assert together.shape == (12, 8) and together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.concatenate([encoder.encode([item]) for item in samples])
    assert alone == pytest.approx(together, abs=1e-5)


def test_pooling_is_the_weighted_mean_and_deviation_of_each_channel(encoder, samples):
    prepared = encoder.prepare(samples[:1])
    with torch.no_grad():
        x, inside = encoder.steps(prepared)
        logits = encoder.attention(x)[0]
        pooled = []
        for channel, scores in zip(x[0], logits, strict=True):
            kept = inside[0, 0]
            weight = scores[kept].exp() / scores[kept].exp().sum()
            mean = (weight * channel[kept]).sum()
            pooled.append((mean, ((weight * (channel[kept] - mean) ** 2).sum() + 1e-6).sqrt()))
        flat = torch.tensor([m for m, _ in pooled] + [s for _, s in pooled])
        expected = F.normalize(encoder.out(flat)[None], dim=1)
        torch.testing.assert_close(encoder(prepared), expected, rtol=1e-4, atol=1e-5)


def test_a_device_without_pressure_is_encoded_with_the_mean_in_its_place(encoder, samples):
    from dataclasses import replace

    bare = replace(samples[0], pressure=None)
    prepared = encoder.prepare([bare])
    assert (prepared[0, 1 + DSDTW_FEATURES.index("pressure")] == 0).all()
    assert np.isfinite(encoder.encode([bare])).all()


def test_later_moments_than_the_longest_are_not_seen(samples):
    encoder = StrokeNet(channels=4, longest=40).build()
    assert encoder.prepare(samples).shape == (12, 13, 40)
    assert encoder.encode(samples).shape == (12, 64) and encoder.encode([]).shape == (0, 64)
    assert encoder.training, "encoding puts the mode back"


def test_sizes_that_make_no_network_are_refused():
    with pytest.raises(ValueError, match="longest"):
        StrokeNet(longest=3)
