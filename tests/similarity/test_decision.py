import json
import math

import pytest

from shoestring.similarity.calibration import Bound, OperatingPoints
from shoestring.similarity.decision import decide

POINTS = OperatingPoints(
    accept=2.0, reject=-1.0, missing=(),
    false_accept=(Bound("skilled", 0.01, 0.05, 80, 1600), Bound("random", 0.0, 0.04, 80, 9000)),
    false_reject=Bound("genuine", 0.02, 0.06, 80, 400),
)  # fmt: skip
OPEN = OperatingPoints(
    accept=math.inf, reject=-math.inf, missing=("accepting is not supported: collect 9 more people",),
    false_accept=(Bound("random", 0.0, 0.3, 8, 56),), false_reject=Bound("genuine", 0.0, 0.3, 8, 40),
)  # fmt: skip


def answer(score, points=POINTS, shift=0.0, lacking=0, source="twelve friends"):
    return decide(score, points, shift=shift, lacking=lacking, model="0" * 16, source=source)


@pytest.mark.parametrize(
    ("score", "expected"),
    [(2.0, "accept"), (1.999, "undecided"), (-1.0, "undecided"), (-1.001, "reject"), (1e9, "accept")],
)
def test_accept_at_or_above_reject_below(score, expected):
    assert answer(score).decision == expected


def test_a_persons_shift_moves_both_thresholds():
    assert answer(2.4, shift=0.5).decision == "undecided"
    assert answer(-0.6, shift=0.5).decision == "reject"
    decision = answer(2.5, shift=0.5)
    assert (decision.decision, decision.threshold, decision.reject_below) == ("accept", 2.5, -0.5)
    assert "+0.5" in decision.reasons[-1]


def test_too_few_enrolled_items_stay_undecided():
    for score in (-100.0, 100.0):
        decision = answer(score, lacking=2)
        assert decision.decision == "undecided" and "enrol 2 more" in decision.reasons[0]


def test_without_evidence_every_score_is_undecided():
    for score in (-100.0, 0.0, 100.0):
        decision = answer(score, OPEN)
        assert decision.decision == "undecided"
        assert "Accepting is not supported: collect 9 more people." in decision.reasons
    fields = json.loads(json.dumps(decision.as_dict(), allow_nan=False))
    assert fields["threshold"] is None and fields["reject_below"] is None


def test_numbers_are_those_of_the_leading_kind():
    decision = answer(0.0)
    assert (decision.false_accept_upper95, decision.false_reject_upper95) == (0.05, 0.06)
    assert (decision.evidence_subjects, decision.evidence_pairs) == (80, 1600)
    words = " ".join(decision.reasons)
    assert decision.evidence_source == "twelve friends" and "those of the calibration: twelve friends." in words
    assert "calibration" not in " ".join(answer(0.0, source="").reasons)
    assert "5.00% of skilled forgeries" in words and "4.00% of strangers" in words and "6.00% of genuine" in words
