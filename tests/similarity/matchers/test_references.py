import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from shoestring.core.errors import BadDataError
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.similarity.encoders import StrokeNet
from shoestring.similarity.matchers import References, load_matcher
from shoestring.similarity.templates import Template


@pytest.fixture(scope="module")
def samples():
    return synthetic_set(5, genuine=8, forgeries=3, seed=5)


@pytest.fixture(scope="module")
def encoder(samples):
    torch.manual_seed(0)
    encoder = StrokeNet(channels=8, width=16).build().eval()
    encoder.fit_scales(samples)
    return encoder


@pytest.mark.parametrize(("storage", "exact"), [("float", 1e-5), ("bytes", 0.05)])
def test_a_score_is_the_log_odds_of_the_deviation(encoder, samples, storage, exact):
    matcher = References(storage=storage).fit(encoder, samples)
    vectors = encoder.encode(samples[:7]).astype(np.float64)
    gaps = [np.linalg.norm(vectors[6] - v) for v in vectors[:5]]
    own = np.mean([np.linalg.norm(vectors[i] - vectors[j]) for i in range(5) for j in range(i)])
    tables = {name.partition(".")[2]: t for name, t in matcher._weights.items() if name.startswith("matcher.")}
    trust = 4 / 6.5
    usual = tables["usual"].item()
    deviation = np.log(np.mean(gaps)) - usual - trust * (np.log(own) - usual)
    expected = tables["offset"].item() - deviation * tables["weight"].item()
    assert matcher.score(matcher.enrol(samples[:5]), [samples[6]])[0] == pytest.approx(expected, rel=exact, abs=exact)


def test_a_template_is_one_byte_a_number_and_keeps_the_newest(encoder, samples):
    matcher = References(keep=3).fit(encoder, samples)
    template = matcher.enrol(samples[:5])
    assert len(template.payload) == 4 + 3 * (4 + 16)
    assert template.payload == matcher.enrol(samples[2:5]).payload and template.count == 5
    updated = matcher.update(template, samples[5])
    assert updated.count == 6 and len(updated.payload) == len(template.payload)
    fresh = matcher.enrol(samples[3:6])
    assert matcher.score(updated, samples[6:8]) == pytest.approx(matcher.score(fresh, samples[6:8]), abs=0.2)


def test_damage_is_refused(encoder, samples, tmp_path):
    matcher = References().fit(encoder, samples)
    template = matcher.enrol(samples[:3])
    for payload in (b"", template.payload[:-1], b"\0" + template.payload[1:], b"\x03abc" + template.payload[4:]):
        with pytest.raises(BadDataError, match="enrol"):
            matcher.score(Template(template.matcher, 3, payload), [samples[5]])
    matcher.save(tmp_path)
    tables = load_file(tmp_path / "model.safetensors")
    del tables["matcher.usual"]
    save_file(tables, tmp_path / "model.safetensors")
    with pytest.raises(BadDataError, match="damaged"):
        load_matcher(tmp_path)
