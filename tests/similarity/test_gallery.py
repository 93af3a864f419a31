"""What a gallery says about a threshold, against slow and obvious counting."""

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.bounds import error_tail, subject_upper_bound
from shoestring.similarity.calibration import Targets
from shoestring.similarity.encoders import InceptionSmall
from shoestring.similarity.gallery import BINS, STEPS, _at, _bounds, compare_gallery, gallery_scores, lacking
from shoestring.similarity.matchers import Centroid
from shoestring.similarity.metrics import rank
from shoestring.similarity.verifier import Verifier

COUNTS = {"ana": 4, "ben": 3, "eva": 1, "ida": 2}


@pytest.fixture(scope="module")
def verifier():
    torch.manual_seed(0)
    encoder = InceptionSmall(height=24, breadth=24, channels=4, width=16).build().eval()
    faces = synthetic_faces(6, 4, seed=8)
    return Verifier.calibrate(Centroid(storage="float").fit(encoder, faces), faces, references=2,
                              targets=Targets(0.5, 0.5), modality="face")  # fmt: skip


@pytest.fixture(scope="module")
def items(verifier):
    faces = synthetic_faces(len(COUNTS), 4, seed=3)
    kept = verifier.matcher.encoded(faces.pictures)
    return {name: kept[4 * n : 4 * n + count] for n, (name, count) in enumerate(COUNTS.items())}


@pytest.fixture(scope="module")
def comparisons(verifier, items):
    return compare_gallery(verifier, items)


def test_every_sample_meets_its_own_person_without_itself_and_all_other_people(verifier, items, comparisons):
    matcher = verifier.matcher
    expected = set()
    for name, mine in items.items():
        if len(mine) < 2:
            continue
        for item in mine:
            others = [other for other in mine if other is not item]
            expected.add((name, name, round(float(matcher.score(matcher.enrol(others), [item])[0]), 9)))
        for other, theirs in items.items():
            if other != name:
                for item in theirs:
                    expected.add((name, other, round(float(matcher.score(matcher.enrol(mine), [item])[0]), 9)))
    rows = zip(
        comparisons.subject.tolist(), comparisons.probe.tolist(), comparisons.score.round(9).tolist(), strict=True
    )
    assert set(rows) == expected and len(comparisons) == len(expected)
    assert comparisons.count("genuine") == 4 + 3 + 2 and comparisons.count("random") == 6 + 7 + 8


def test_rates_and_bounds_at_each_threshold_are_counts(comparisons):
    scores = gallery_scores(comparisons, marks=[0.3, np.inf])
    genuine = comparisons.genuine
    assert len(scores.threshold) == STEPS and (np.diff(scores.threshold) > 0).all()
    assert scores.threshold[0] < comparisons.score.min() and scores.threshold[-1] > 0.3
    for place in range(0, STEPS, 7):
        t = scores.threshold[place]
        accepted, rejected = comparisons.score[~genuine] >= t, comparisons.score[genuine] < t
        assert scores.false_accept.seen[place] == pytest.approx(accepted.mean())
        assert scores.false_reject.seen[place] == pytest.approx(rejected.mean())
        subject, probe = comparisons.subject, comparisons.probe
        bound = subject_upper_bound(accepted, subject[~genuine], probe[~genuine])
        assert scores.false_accept.upper95[place] == pytest.approx(bound)
        assert scores.false_reject.upper95[place] == pytest.approx(subject_upper_bound(rejected, subject[genuine]))


def test_histograms_hold_every_comparison(comparisons):
    scores = gallery_scores(comparisons)
    assert (scores.same.sum(), scores.different.sum()) == (9, 21) and len(scores.edges) == BINS + 1
    for side, counted in ((comparisons.genuine, scores.same), (~comparisons.genuine, scores.different)):
        for number in range(BINS):
            inside = (comparisons.score >= scores.edges[number]) & (comparisons.score < scores.edges[number + 1])
            assert counted[number] == (inside & side).sum()


def test_intervals_hold_what_was_seen_and_repeat(comparisons):
    first, again = gallery_scores(comparisons), gallery_scores(comparisons)
    for curve in (first.false_accept, first.false_reject):
        assert (curve.low <= curve.seen + 1e-12).all() and (curve.seen <= curve.high + 1e-12).all()
        assert (curve.upper95 >= curve.seen).all()
    assert np.array_equal(first.false_accept.high, again.false_accept.high)


def test_scores_that_are_all_equal_still_have_an_axis(comparisons):
    from dataclasses import replace

    flat = gallery_scores(replace(comparisons, score=np.zeros(len(comparisons))))
    assert flat.threshold[0] < 0 < flat.threshold[-1] and flat.same.sum() == 9


def test_what_is_lacking_is_said(verifier, items):
    assert lacking(items) == ()
    few = {"ana": items["ana"], "eva": items["eva"]}
    assert "1 of 2 people" in lacking(few)[0]
    with pytest.raises(BadDataError, match="1 of 2 people"):
        compare_gallery(verifier, few)
    assert "0 of 0" in lacking({})[0]


def test_a_score_at_the_threshold_is_accepted_on_both_sides():
    """Thresholds that equal scores: where a rate jumps, and where a bound must jump with it."""
    score = np.array([0.0, 1.0, 1.0, 2.0, 1.0, 2.0, 3.0, 3.0])
    genuine = np.arange(8) >= 4
    subject = np.array(["a", "a", "b", "b"] * 2)
    probe = np.where(genuine, subject, np.array(["b", "b", "a", "a"] * 2))
    threshold = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0])
    det = rank(score, genuine).det
    accepts = error_tail(score[~genuine], subject[~genuine], probe[~genuine])
    rejects = error_tail(-score[genuine], subject[genuine])
    false_accept, false_reject = _at(det.threshold, det.fmr, threshold), _at(det.threshold, det.fnmr, threshold)
    upper_accept = _bounds(accepts, threshold, strict=False)
    upper_reject = _bounds(rejects, -threshold, strict=True)
    for place, t in enumerate(threshold):
        accepted, rejected = score[~genuine] >= t, score[genuine] < t
        assert (false_accept[place], false_reject[place]) == (accepted.mean(), rejected.mean()), t
        assert upper_accept[place] == pytest.approx(
            subject_upper_bound(accepted, subject[~genuine], probe[~genuine])
        ), t
        assert upper_reject[place] == pytest.approx(subject_upper_bound(rejected, subject[genuine])), t
