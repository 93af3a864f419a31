import numpy as np
import pytest
from scipy.stats import binomtest

from shoestring.core.errors import BadDataError
from shoestring.similarity.bounds import (
    PRIOR_PEOPLE,
    clopper_pearson,
    error_tail,
    people_needed,
    subject_upper_bound,
    upper_bound,
)


@pytest.mark.parametrize(("errors", "trials"), [(0, 10), (1, 10), (3, 50), (10, 10), (250, 1000)])
def test_clopper_pearson_is_that_of_scipy(errors, trials):
    exact = binomtest(errors, trials).proportion_ci(0.95, "exact")
    assert clopper_pearson(errors, trials) == pytest.approx((exact.low, exact.high), abs=1e-12)
    one_sided = binomtest(errors, trials, alternative="less").proportion_ci(0.95, "exact")
    assert upper_bound(errors, trials) == pytest.approx(one_sided.high, abs=1e-12)


def test_nothing_seen_is_the_rule_of_three():
    assert upper_bound(0, 1000) == pytest.approx(3 / 1000, rel=5e-3)
    assert upper_bound(0, 0) == 1.0


def test_impossible_counts_are_refused():
    for errors, trials in ((3, 2), (-1, 2), (0, 0)):
        with pytest.raises(BadDataError):
            clopper_pearson(errors, trials)


@pytest.mark.parametrize(("target", "people"), [(0.05, 59), (0.01, 299), (0.5, 5), (1e-4, 29956)])
def test_people_needed_is_the_first_number_that_suffices(target, people):
    assert people_needed(target) == people
    assert upper_bound(0, people) <= target < upper_bound(0, people - 1)


def test_without_errors_only_people_count():
    for per_person in (1, 10, 1000):
        subject = np.repeat(np.arange(30).astype(str), per_person)
        assert subject_upper_bound(np.zeros(len(subject)), subject) == pytest.approx(1 - 0.05 ** (1 / 30))


def test_one_person_with_a_thousand_comparisons_is_still_nearly_one_person():
    subject = np.array(["busy"] * 1000 + [f"p{i}" for i in range(59)])
    # Kish: 1059^2 / (1000^2 + 59) = 1.12 people.
    assert subject_upper_bound(np.zeros(len(subject)), subject) == pytest.approx(1 - 0.05 ** (1 / 1.1214), rel=1e-3)


def test_more_errors_never_lower_the_bound_below_that_of_none():
    subject = np.repeat(np.arange(30).astype(str), 20)
    none = subject_upper_bound(np.zeros(600), subject)
    bounds = [subject_upper_bound(np.arange(600) % 20 < (np.arange(600) // 20 < k), subject) for k in range(1, 12)]
    assert min(bounds) >= none
    assert bounds == sorted(bounds)


def slow_effective(error, subject, other, people, confidence=0.95):
    """Person by person, from the formulas."""
    from scipy.stats import t

    sides = [{a, b} - {""} for a, b in zip(subject, other, strict=True)]
    names = set().union(*sides)
    rate, trials = error.mean(), len(error)
    own = [sum(name in side for side in sides) for name in names]
    dependent = trials / (sum(own) ** 2 / sum(n * n for n in own))
    residuals = [sum(e - rate for e, side in zip(error, sides, strict=True) if name in side) for name in names]
    failing = sum(any(e and name in side for e, side in zip(error, sides, strict=True)) for name in names)
    variance = people / (people - 1) * sum(r * r for r in residuals) / trials**2
    freedom = (t.ppf(confidence, people - 1) / t.ppf(confidence, trials - 1)) ** 2
    measured = min(max(variance * trials / (rate * (1 - rate)) * freedom, 1), trials)
    return trials * (failing + PRIOR_PEOPLE) / (failing * measured + PRIOR_PEOPLE * dependent)


def test_effective_sizes_at_all_thresholds_are_the_formula_at_each():
    draw = np.random.default_rng(5)
    names = np.array([f"p{i}" for i in range(9)])
    subject, other = names[draw.integers(9, size=200)], names[draw.integers(9, size=200)]
    other[::3] = ""
    score = draw.normal(size=200) + (subject == "p3") + (other == "p3")
    tail = error_tail(score, subject, other)
    assert tail.score.tolist() == sorted(score, reverse=True)
    for errors in (1, 5, 60, 199):
        error = score >= tail.score[errors - 1]
        assert tail.rate[errors] == pytest.approx(error.mean())
        assert tail.effective[errors] == pytest.approx(slow_effective(error, subject, other, people=9))


def test_both_sides_of_a_comparison_count():
    # One probe is accepted by everybody: a "wolf". Seen by template owner alone, each person has one error in nine.
    names = [f"p{i}" for i in range(10)]
    pairs = [(a, b) for a in names for b in names if a != b]
    subject, other = (np.array(side) for side in zip(*pairs, strict=True))
    wolf = other == "p0"
    assert subject_upper_bound(wolf, subject, other) > 1.2 * subject_upper_bound(wolf, subject)


@pytest.mark.parametrize(
    ("people", "per_person", "correlation", "rate"),
    [(60, 20, 0.3, 0.05), (60, 20, 0.7, 0.05), (150, 20, 0.3, 0.02), (30, 20, 0.3, 0.2), (60, 20, 0.05, 0.2)],
)
def test_stated_bounds_hold_at_their_nominal_rate(people, per_person, correlation, rate):
    """Beta-binomial people: the 95 % bound is above the truth in 95 of 100 experiments or more.

    600 experiments have a standard error of 0.9 points. Clopper-Pearson on all comparisons, as if they were
    independent, holds far less often, which shows that the simulation is hard enough.
    """
    draw = np.random.default_rng(20)
    spread = 1 / correlation - 1
    subject = np.repeat(np.arange(people).astype(str), per_person)
    held = naive = 0
    for _ in range(600):
        own = draw.beta(rate * spread, (1 - rate) * spread, size=people)
        error = draw.random(len(subject)) < np.repeat(own, per_person)
        held += subject_upper_bound(error, subject) >= rate
        naive += upper_bound(error.sum(), len(error)) >= rate
    assert held / 600 > 0.95 - 2 * 0.009
    assert naive / 600 < 0.93
