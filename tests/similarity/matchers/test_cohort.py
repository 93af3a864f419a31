import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from shoestring.core.errors import BadDataError
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoders import LocalPatterns
from shoestring.similarity.matchers import Cohort, load_matcher
from shoestring.similarity.templates import Template

TRAINING, PEOPLE = synthetic_faces(6, 4, seed=2), synthetic_faces(3, 6, seed=3)


def fitted(**settings):
    encoder = LocalPatterns(rows=2, columns=2).build().eval()
    encoder.fit_scales(TRAINING)
    return Cohort(**settings).fit(encoder, TRAINING)


@pytest.mark.parametrize(("storage", "exact"), [("float", 1e-4), ("bytes", 0.1)])
def test_a_score_is_that_of_the_nearest_reference_in_deviations_of_both_sides(storage, exact):
    matcher = fitted(storage=storage)
    strangers = matcher.encoder.encode(TRAINING.pictures).astype(np.float64)
    vectors = matcher.encoder.encode(PEOPLE.pictures).astype(np.float64)
    expected = []
    for probe in vectors[3:10]:
        each = []
        for reference in vectors[:3]:
            sides = [(probe @ reference - np.mean(c)) / np.std(c) for c in (strangers @ probe, strangers @ reference)]
            each.append(np.mean(sides))
        expected.append(max(each))
    assert matcher.score(matcher.enrol(PEOPLE[:3]), PEOPLE[3:10]) == pytest.approx(expected, abs=exact)


def test_a_template_keeps_the_newest_references():
    matcher = fitted(keep=2)
    template = matcher.enrol(PEOPLE[:5])
    assert template.payload == matcher.enrol(PEOPLE[3:5]).payload and template.count == 5
    updated = matcher.update(template, PEOPLE[5])
    assert updated.count == 6
    fresh = matcher.enrol(PEOPLE[4:6])
    assert matcher.score(updated, PEOPLE[6:8]) == pytest.approx(matcher.score(fresh, PEOPLE[6:8]), abs=0.1)


def test_the_cohort_is_limited_and_evenly_drawn():
    matcher = fitted(size=6)
    assert matcher._cohort.shape == (6, matcher.encoder.width)
    rows = [
        int(np.abs(matcher.encoder.encode(TRAINING.pictures) - one).max(axis=1).argmin()) for one in matcher._cohort
    ]
    assert len(set(TRAINING.identity[rows])) >= 5


def test_damage_is_refused(tmp_path):
    matcher = fitted()
    template = matcher.enrol(PEOPLE[:2])
    with pytest.raises(BadDataError, match="damaged"):
        matcher.score(Template(template.matcher, 2, template.payload[:-1]), PEOPLE[3:4])
    with pytest.raises(BadDataError, match="enrol the person again"):
        matcher.score(Template("0" * 16, 2, template.payload), PEOPLE[3:4])
    matcher.save(tmp_path)
    tables = load_file(tmp_path / "model.safetensors")
    tables["matcher.cohort"] = torch.full_like(tables["matcher.cohort"], torch.nan)
    save_file(tables, tmp_path / "model.safetensors")
    with pytest.raises(BadDataError, match="damaged"):
        load_matcher(tmp_path)
