import math
from dataclasses import replace

import numpy as np
import pytest

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.similarity.bounds import subject_upper_bound
from shoestring.similarity.calibration import Calibration, PerUser, Targets, choose_per_user
from shoestring.similarity.protocol import compare

from .toys import ToyMatcher, table, toy_people


def slow_accept(rows, target):
    """The definition, threshold by threshold from the top: the last one before the first violation."""
    impostor = rows.rows(rows.kind == "skilled")
    best = math.inf
    for threshold in [np.nextafter(impostor.score.max(), np.inf), *sorted(np.unique(impostor.score), reverse=True)]:
        if subject_upper_bound(impostor.score >= threshold, impostor.subject, impostor.probe) > target:
            break
        best = threshold
    return best


@pytest.fixture(scope="module")
def rows():
    rows = compare(ToyMatcher(), toy_people(120, forgeries=6, uneven=0.3, seed=3), random_per_subject=10)
    # Coarse scores: ties must move together.
    return replace(rows, score=np.round(rows.score, 1))


@pytest.mark.parametrize("target", [0.03, 0.05, 0.2])
def test_accept_threshold_is_the_lowest_with_every_stricter_one_within_the_target(rows, target):
    points = Calibration(rows, Targets(false_accept=target)).points
    expected = slow_accept(rows, target)
    impostor = rows.score[rows.kind == "skilled"]
    # Between two impostor scores every threshold is the same operating point; ours is the lowest of them.
    assert (impostor >= points.accept).sum() == (impostor >= expected).sum()
    below = impostor[impostor < points.accept].max()
    assert points.accept == np.nextafter(below, np.inf)
    assert points.false_accept[0].upper95 <= target
    assert points.false_accept[0].seen == np.mean(impostor >= points.accept)


def test_the_search_stops_at_the_first_violation_although_a_bound_further_down_would_do():
    # Ten forgeries of one person on top: their design effect breaks the bound. Single errors of five others below them
    # lower the effect again, and with it the bound. Taking that threshold would be taking the luckiest of many looks.
    first, others = 100.0 + np.arange(10), 50.0 + np.arange(5)
    score = np.concatenate([first, others, np.linspace(0, 1, 60 * 20 - 15)])
    owner = np.concatenate([np.zeros(10, int), np.arange(1, 6), np.repeat(np.arange(60), 20)[15:]])
    rows = replace(table([], score), subject=np.array([f"p{i:02d}" for i in owner]))
    bounds = [subject_upper_bound(score >= t, rows.subject) for t in (first[0], others[0])]
    target = np.mean(bounds)
    assert bounds[1] < target < bounds[0]
    points = Calibration(rows, Targets(false_accept=target)).points
    assert points.accept > first[0]
    assert (score >= points.accept).sum() == (score >= slow_accept(rows, target)).sum()


def test_reject_threshold_mirrors_it(rows):
    points = Calibration(rows, Targets(false_accept=0.03, false_reject=0.2)).points
    genuine = rows.rows(rows.genuine)
    assert points.reject < points.accept
    assert points.false_reject.seen == np.mean(genuine.score < points.reject) > 0
    assert points.false_reject.upper95 <= 0.2
    higher = np.nextafter(genuine.score[genuine.score >= points.reject].min(), np.inf)
    assert subject_upper_bound(genuine.score < higher, genuine.subject) > 0.2


def test_both_kinds_are_reported_and_forgeries_lead(rows):
    points = Calibration(rows).points
    assert [bound.kind for bound in points.false_accept] == ["skilled", "random"]
    strangers = rows.rows(rows.kind == "random")
    bound = points.false_accept[1]
    assert bound.seen == np.mean(strangers.score >= points.accept)
    assert bound.upper95 == pytest.approx(
        subject_upper_bound(strangers.score >= points.accept, strangers.subject, strangers.probe)
    )
    assert (bound.people, bound.pairs) == (120, 1200)
    only = Calibration(rows.against("random")).points
    assert [bound.kind for bound in only.false_accept] == ["random"]


def test_too_few_people_support_no_threshold_and_say_how_many_are_missing():
    draw = np.random.default_rng(0)
    few = table(5 + draw.normal(size=580), draw.normal(size=580), people=58)
    points = Calibration(few, Targets(0.05, 0.05)).points
    assert (points.accept, points.reject) == (math.inf, -math.inf)
    assert len(points.missing) == 2
    assert all("collect 1 more" in sentence and "58 people" in sentence for sentence in points.missing)
    enough = table(5 + draw.normal(size=590), draw.normal(size=590), people=59)
    assert Calibration(enough, Targets(0.05, 0.05)).points.missing == ()


def test_one_side_missing_is_undecided_and_not_a_crash():
    genuine_only = Calibration(table(np.arange(1000.0), [], people=100)).points
    assert genuine_only.accept == math.inf and math.isfinite(genuine_only.reject)
    assert genuine_only.false_accept[0].upper95 == 1.0
    impostors_only = Calibration(table([], np.arange(1000.0), people=100)).points
    assert impostors_only.reject == -math.inf and math.isfinite(impostors_only.accept)
    with pytest.raises(BadDataError):
        Calibration.fit(table([], []))


def test_well_separated_sides_leave_no_gap_and_acceptance_goes_first():
    points = Calibration(table(np.linspace(10, 11, 1000), np.linspace(0, 1, 1000), people=100)).points
    assert points.reject == points.accept < 1.0
    assert points.false_reject.seen == 0


def test_more_enrolled_people_need_a_stricter_threshold(rows):
    calibration = Calibration(rows)
    one, two, many = (calibration.points_for(Targets(0.06), enrolled) for enrolled in (1, 2, 10_000))
    assert one.accept <= two.accept < math.inf
    assert two.false_accept[1].upper95 <= 0.03
    assert many.accept == math.inf and "0.00%" in many.missing[0]


def test_names_do_not_survive(rows):
    calibration = Calibration(rows)
    assert not set(calibration.comparisons.subject) & set(rows.subject)
    assert calibration.comparisons.subjects == rows.subjects
    unknown = calibration.comparisons.probe == ""
    assert (unknown == (rows.probe == "")).all()
    same = calibration.comparisons.probe == calibration.comparisons.subject
    assert (same == (rows.probe == rows.subject)).all()


def level_rows(noise, people=60, seed=0):
    """Genuine scores follow a person's level; forgeries stay a fixed way below it."""
    draw = np.random.default_rng(seed)
    level = 3 * draw.normal(size=people)
    rows = table(
        np.tile(level, 10) + draw.normal(size=10 * people), np.tile(level, 10) - 3 + draw.normal(size=10 * people),
        people=people,
    )  # fmt: skip
    names = np.array([int(name[1:]) for name in rows.subject])
    return replace(rows, level=level[names] + noise * draw.normal(size=people)[names])


def test_levels_that_tell_the_person_are_used_in_full_and_noise_is_shrunk():
    assert choose_per_user(level_rows(0.0), "per-user").weight == pytest.approx(1, abs=0.05)
    # Variance 9 of the level against 9 of its noise: half of a deviation is believed.
    assert choose_per_user(level_rows(3.0, people=2000), "per-user").weight == pytest.approx(0.5, abs=0.05)


def test_auto_takes_per_user_only_for_a_certain_gain():
    gain = choose_per_user(level_rows(0.0), "auto")
    assert gain.weight > 0.9 and "EER against skilled" in gain.why
    draw = np.random.default_rng(1)
    unrelated = level_rows(0.0)
    unrelated = replace(unrelated, level=draw.permutation(60)[[int(name[1:]) for name in unrelated.subject]] * 1.0)
    assert choose_per_user(unrelated, "auto").weight == 0
    assert "too few" in choose_per_user(level_rows(0.0, people=9), "auto").why
    assert choose_per_user(level_rows(0.0), "global").weight == 0
    assert choose_per_user(table([1, 2], [0], people=2), "auto").weight == 0
    with pytest.raises(BadDataError, match="levels=True"):
        choose_per_user(table([1, 2], [0], people=2), "per-user")


def test_thresholds_apply_to_shifted_scores():
    rows = level_rows(0.0)
    calibration = Calibration.fit(rows, Targets(0.2, 0.2), "per-user")
    shift = calibration.per_user.shift(rows.level)
    assert calibration.shifted.score == pytest.approx(rows.score - shift)
    assert calibration.points.reject > Calibration.fit(rows, Targets(0.2, 0.2), "global").points.reject


def test_unknown_level_means_no_shift():
    per_user = PerUser(weight=0.5, mean=1.0)
    assert per_user.shift(None) == 0
    assert per_user.shift(np.array([np.nan, 3.0])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("value", [0, 1, -0.1, float("nan")])
def test_impossible_targets_are_refused(value):
    with pytest.raises(ConfigError, match="between 0 and 1"):
        Targets(false_accept=value)


def test_promise_holds_for_people_never_seen():
    """The point of it all: thresholds from 120 people keep 95 of 100 promises on the whole population."""
    draw = np.random.default_rng(8)
    kept = 0
    for _ in range(200):
        ease = 1.5 * draw.normal(size=120)  # how easily each person is forged
        forged = draw.normal(size=(8, 120)) + ease
        rows = table([], forged.ravel(), people=120)
        accept = Calibration(rows, Targets(false_accept=0.1)).points.accept
        # The population is N(0, 1 + 1.5^2), so the true false accept rate is known.
        kept += 0.5 * math.erfc(accept / math.sqrt(2 * (1 + 1.5**2))) <= 0.1
    assert kept / 200 > 0.95 - 2 * 0.015
