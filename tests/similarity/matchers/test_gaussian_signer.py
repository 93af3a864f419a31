import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from scipy import stats

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.similarity.encoders import SignatureTdnn
from shoestring.similarity.matchers import GaussianSigner, load_matcher
from shoestring.similarity.templates import Template


@pytest.fixture(scope="module")
def samples():
    return synthetic_set(5, genuine=10, forgeries=4)


@pytest.fixture(scope="module")
def encoder(samples):
    torch.manual_seed(0)
    encoder = SignatureTdnn(architecture="compact").build()
    encoder.fit_scales(samples)
    return encoder


@pytest.fixture(scope="module")
def card(encoder, samples):
    return GaussianSigner(storage="bytes", keep=38).fit(encoder, samples)


def test_the_template_of_the_paper_has_eighty_bytes_however_many_signatures_went_in(card, samples):
    template = card.enrol(samples[:4])
    assert len(template.payload) == 80
    for item in samples[4:10]:
        template = card.update(template, item)
    assert len(template.payload) == 80 and template.count == 10


def test_scores_are_the_log_odds_of_the_equation(encoder, samples):
    matcher = GaussianSigner(prior=2.0).fit(encoder, samples)
    references, probes = samples[:8], samples[8:14]
    vectors = encoder.encode(samples[:14]).astype(np.float64)
    last = vectors[2:8]
    within = [encoder.encode(samples[14 * w : 14 * w + 10]).astype(np.float64).var(axis=0, ddof=1) for w in range(5)]
    variance = np.maximum((6 * last.var(axis=0) + 2 * np.mean(within, axis=0)) / 8, 0.01 * np.mean(within, axis=0))
    density = stats.norm.logpdf(vectors[8:], last.mean(axis=0), np.sqrt(variance)).sum(axis=1)
    scores = matcher.score(matcher.enrol(references), probes)
    # p_no is one constant: differences between signatures are those of the densities.
    assert scores - scores[0] == pytest.approx(density - density[0], rel=1e-4, abs=1e-3)


def test_p_no_stands_where_both_errors_of_the_training_people_are_equal(encoder, samples):
    matcher = GaussianSigner().fit(encoder, samples)
    wrong = {True: [], False: []}
    for w in range(5):
        rows = range(14 * w, 14 * w + 14)
        template = matcher.enrol([samples[i] for i in rows[:6]])
        for i in rows[6:]:
            genuine = bool(samples.genuine[i])
            wrong[genuine].append((matcher.score(template, [samples[i]])[0] >= 0) != genuine)
    assert np.mean(wrong[True]) == pytest.approx(np.mean(wrong[False]), abs=0.1)


def test_one_byte_a_number_costs_little(encoder, samples, card):
    wide = GaussianSigner(storage="float", keep=38).fit(encoder, samples)
    assert len(wide.enrol(samples[:6]).payload) == 4 + 2 * 38 * 4
    a = wide.score(wide.enrol(samples[:6]), samples[6:])
    b = card.score(card.enrol(samples[:6]), samples[6:])
    assert np.corrcoef(a, b)[0, 1] > 0.98


def test_updating_by_an_item_within_the_window_equals_enrolling_it(encoder, samples):
    matcher = GaussianSigner().fit(encoder, samples)
    grown = matcher.update(matcher.enrol(samples[:3]), samples[3])
    at_once = matcher.enrol(samples[:4])
    assert grown.count == at_once.count == 4
    assert matcher.score(grown, samples[6:12]) == pytest.approx(matcher.score(at_once, samples[6:12]), rel=1e-3)


def test_the_level_of_a_template_survives_an_update(card, samples):
    enrolled = card.enrol(samples[:4])
    levelled = Template(enrolled.matcher, enrolled.count, enrolled.payload, level=1.5)
    assert card.update(levelled, samples[4]).level == 1.5


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: p[:-1], "79 bytes, 80 expected"),
        (lambda p: b"\x07" + p[1:], "damaged"),
        (lambda p: p[:1] + b"???" + p[4:], "damaged"),
    ],
)
def test_a_payload_that_is_not_its_own_is_refused(card, samples, spoil, message):
    template = card.enrol(samples[:4])
    with pytest.raises(BadDataError, match=message):
        card.score(Template(card.fingerprint, 4, spoil(template.payload)), samples[:1])


def test_damaged_weights_and_settings_are_refused_with_their_place(card, tmp_path):
    card.save(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(BadDataError, match=r"model\.safetensors"):
        load_matcher(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(BadDataError, match=r"model\.safetensors"):
        load_matcher(tmp_path)
    table = json.loads((tmp_path / "config.json").read_text())
    table["signer"]["windows"] = 3
    (tmp_path / "config.json").write_text(json.dumps(table))
    with pytest.raises(ConfigError, match="did you mean 'window'"):
        load_matcher(tmp_path)


def test_weights_of_the_other_architecture_are_refused(card, tmp_path):
    card.save(tmp_path)
    table = json.loads((tmp_path / "config.json").read_text())
    table["encoder"]["architecture"] = "wide"
    (tmp_path / "config.json").write_text(json.dumps(table))
    with pytest.raises(BadDataError, match="of another model"):
        load_matcher(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kept", torch.full((38,), 76)),
        ("usual", torch.ones(37, dtype=torch.float64)),
        ("low", torch.full((38,), torch.nan, dtype=torch.float64)),
        ("high", torch.full((38,), -9.0, dtype=torch.float64)),
        ("log_no", torch.zeros(2, dtype=torch.float64)),
    ],
)
def test_tables_that_do_not_fit_together_are_refused(card, tmp_path, name, value):
    card.save(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    save_file({**weights, f"signer.{name}": value}, tmp_path / "model.safetensors")
    with pytest.raises(BadDataError, match=r"model\.safetensors"):
        load_matcher(tmp_path)


def test_people_with_a_single_signature_teach_no_spread(encoder, samples):
    rows = np.array([0, 14, 28])
    with pytest.raises(BadDataError, match="two genuine"):
        GaussianSigner().fit(encoder, samples.subset(rows))


@pytest.mark.parametrize("wrong", [{"window": 0}, {"window": 256}, {"prior": -1.0}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        GaussianSigner(**wrong)
