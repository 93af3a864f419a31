"""What every matcher must do, without a line of code for any of them."""

import json

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.similarity.encoders import SignatureTdnn
from shoestring.similarity.matchers import Matching, load_matcher
from shoestring.similarity.templates import Template
from tests.contracts.members import kind, members

EACH = 12
"""Signatures of each writer: ten genuine, two forged."""


@pytest.fixture(scope="module")
def samples():
    return synthetic_set(4, genuine=10, forgeries=2, seed=3)


def fitted(component, samples, seed=0):
    torch.manual_seed(seed)
    encoder = SignatureTdnn(architecture="compact").build()
    encoder.fit_scales(samples)
    return component.fit(encoder, samples)


@pytest.fixture(scope="module", params=[member() for member in members(Matching)], ids=kind)
def component(request):
    return request.param


@pytest.fixture(scope="module")
def matcher(component, samples):
    return fitted(component, samples)


def test_it_has_the_kind_of_its_component_and_a_fingerprint(matcher, component):
    assert matcher.kind == component.kind
    assert len(matcher.fingerprint) == 16 and set(matcher.fingerprint) <= set("0123456789abcdef")


@pytest.mark.parametrize("references", [1, 2, 5])
def test_scores_are_finite_and_float64_for_any_number_of_references(matcher, samples, references):
    template = matcher.enrol(samples[:references])
    scores = matcher.score(template, samples[5:17])
    assert scores.shape == (12,) and scores.dtype == np.float64 and np.isfinite(scores).all()
    assert template.count == references and template.matcher == matcher.fingerprint
    assert isinstance(template.payload, bytes) and len(template.payload) > 0


def test_a_signer_is_more_alike_to_himself_than_to_others_on_average(matcher, samples):
    margins = []
    for w in range(4):
        template = matcher.enrol(samples[EACH * w : EACH * w + 5])
        own = matcher.score(template, samples[EACH * w + 5 : EACH * w + 10])
        others = [samples[EACH * v + i] for v in range(4) if v != w for i in range(10)]
        margins.append(np.median(own) - np.median(matcher.score(template, others)))
    assert np.median(margins) > 0


def test_a_score_does_not_depend_on_the_company_or_on_repetition(matcher, samples):
    template = matcher.enrol(samples[:5])
    together = matcher.score(template, samples[5:9])
    alone = [matcher.score(template, [item])[0] for item in samples[5:9]]
    assert together == pytest.approx(alone, rel=1e-4, abs=1e-4)
    assert np.array_equal(matcher.score(template, samples[5:9]), together)


def test_scoring_nothing_gives_nothing(matcher, samples):
    assert matcher.score(matcher.enrol(samples[:2]), []).shape == (0,)


def test_enrolling_nothing_is_refused(matcher):
    with pytest.raises(BadDataError):
        matcher.enrol([])


def test_an_update_counts_one_more_and_never_changes_the_template_it_started_from(matcher, samples):
    template = matcher.enrol(samples[:5])
    before = template.payload
    updated = matcher.update(template, samples[5])
    assert updated.count == template.count + 1 and updated.matcher == matcher.fingerprint
    assert template.payload == before
    assert np.isfinite(matcher.score(updated, samples[6:8])).all()


def test_a_template_survives_storage(matcher, samples):
    template = matcher.enrol(samples[:5])
    again = Template.from_bytes(template.to_bytes())
    assert again == template
    assert np.array_equal(matcher.score(again, samples[5:8]), matcher.score(template, samples[5:8]))


def test_saved_and_loaded_it_is_the_same_matcher(matcher, samples, tmp_path):
    matcher.save(tmp_path)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert "config.json" in files and all(name.endswith((".json", ".safetensors")) for name in files)
    assert json.loads((tmp_path / "config.json").read_text())["kind"] == matcher.kind
    again = load_matcher(tmp_path)
    assert again.kind == matcher.kind and again.fingerprint == matcher.fingerprint
    template = matcher.enrol(samples[:5])
    scores = pytest.approx(matcher.score(template, samples[5:]), rel=1e-4, abs=1e-4)
    assert again.score(template, samples[5:]) == scores
    # Not the same bytes: the last bits of an encoding depend on what else is in the batch.
    assert again.score(again.enrol(samples[:5]), samples[5:]) == scores


def test_fitting_again_gives_the_same_fingerprint_and_other_data_another(component, matcher, samples):
    assert fitted(component, samples).fingerprint == matcher.fingerprint
    fewer = samples.subset(np.arange(2 * EACH))
    assert fitted(component, fewer, seed=1).fingerprint != matcher.fingerprint


def test_a_foreign_template_is_refused(matcher, samples):
    template = matcher.enrol(samples[:3])
    foreign = Template("0123456789abcdef", template.count, template.payload)
    for use in (lambda: matcher.score(foreign, samples[:1]), lambda: matcher.update(foreign, samples[0])):
        with pytest.raises(BadDataError, match="enrol"):
            use()


def test_an_explanation_is_json_or_nothing(matcher, samples):
    explanation = matcher.explain(matcher.enrol(samples[:3]), samples[4])
    assert explanation is None or json.loads(json.dumps(explanation)) == explanation
