from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from shoestring.core.errors import BadDataError
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoders import SiameseConv
from shoestring.similarity.matchers.gaussian_subject import GaussianSubject
from shoestring.similarity.subject_model import subject_covariance, within_covariance

FACES = synthetic_faces(5, 7, seed=3)


def fitted(**settings):
    torch.manual_seed(0)
    return GaussianSubject(**settings).fit(SiameseConv(outputs=6).build(), FACES)


def test_the_score_is_the_log_ratio_of_the_article():
    matcher = fitted(prior=4.0)
    vectors = matcher.encoder.encode(FACES.pictures).astype(np.float64)
    usual = within_covariance([vectors[7 * k : 7 * k + 7] for k in range(5)])
    model = multivariate_normal(vectors[:5].mean(axis=0), subject_covariance(vectors[:5], usual, 4.0, 0.1))
    others = np.concatenate([vectors[7 * k : 7 * k + 7][[0, 1, 3, 4, 6]] for k in range(5)])
    constant = np.log(np.mean(model.pdf(others)))
    expected = model.logpdf(vectors[5:20]) - constant
    np.testing.assert_allclose(matcher.score(matcher.enrol(FACES[:5]), FACES[5:20]), expected, rtol=1e-3, atol=1e-3)


def test_only_the_last_vectors_of_the_window_count():
    matcher = fitted(window=3)
    assert matcher.enrol(FACES[:6]).payload == matcher.enrol(FACES[3:6]).payload
    updated = matcher.update(matcher.enrol(FACES[2:5]), FACES[5])
    np.testing.assert_allclose(
        matcher.score(updated, FACES[6:8]), matcher.score(matcher.enrol(FACES[3:6]), FACES[6:8]), rtol=1e-4
    )
    assert len(updated.payload) == 4 + 3 * 6 * 4


def test_impostors_are_thinned_evenly():
    assert fitted(impostors=8)._impostors.shape == (8, 6) and fitted()._impostors.shape == (25, 6)


def test_damage_is_refused():
    matcher = fitted()
    template = matcher.enrol(FACES[:3])
    for payload in (template.payload[:-1], b"", b"\0" + template.payload[1:], b"\3xyz" + template.payload[4:]):
        with pytest.raises(BadDataError, match="enrol the person again"):
            matcher.score(replace(template, payload=payload), FACES[:1])


@pytest.mark.parametrize("wrong", [{"window": 0}, {"window": 256}, {"prior": -1}, {"ridge": 0}, {"impostors": 0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError):
        GaussianSubject(**wrong)
