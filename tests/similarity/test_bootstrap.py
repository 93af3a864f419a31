import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.bootstrap import paired_bootstrap, subject_bootstrap
from shoestring.similarity.metrics import eer, rank
from shoestring.similarity.protocol import Comparisons, compare

from .toys import ToyMatcher, table, toy_people


def eer_value(ranking):
    return eer(ranking).value


@pytest.fixture(scope="module")
def comparisons():
    return compare(ToyMatcher(), toy_people(8, uneven=0.5, seed=4), references=3)


def test_a_resample_is_the_table_of_the_people_drawn(comparisons):
    """The slow way: build each resampled table row by row from the same draws."""
    fast = subject_bootstrap(comparisons, {"eer": eer_value}, resamples=60, seed=11)["eer"]
    people = np.unique(comparisons.subject)
    draws, slow = np.random.default_rng(11), []
    for _ in range(60):
        drawn = people[draws.integers(len(people), size=len(people))].tolist()
        rows = []
        for row in range(len(comparisons)):
            owner, other = comparisons.subject[row], comparisons.probe[row]
            times = drawn.count(owner)
            if other not in ("", owner):
                times *= drawn.count(other)
            rows += [row] * times
        slow.append(eer_value(rank(comparisons.score[rows], comparisons.genuine[rows])))
    assert (fast.low, fast.high) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])))
    assert fast.value == eer_value(rank(comparisons.score, comparisons.genuine))
    assert fast.resamples == 60


def test_people_and_not_scores_are_resampled():
    # Two kinds of people, all errors with one kind: the spread of a mean over people is that of a coin, however many
    # comparisons each person has.
    def rejected(ranking):
        return float(np.average(ranking.score[ranking.genuine] < 0.5, weights=ranking.weight[ranking.genuine]))

    genuine = np.repeat(np.arange(20) % 2, 50).astype(float)
    subject = np.repeat([f"p{i:02d}" for i in range(20)], 50)
    rows = Comparisons(
        score=np.append(genuine, 0.0), genuine=np.append(np.ones(1000, bool), False), subject=np.append(subject, "p00"),
        probe=np.append(subject, ""), kind=np.append(np.full(1000, "genuine"), "skilled"),
    )  # fmt: skip
    interval = subject_bootstrap(rows, {"rate": rejected}, resamples=400)["rate"]
    by_people = 1.96 * np.sqrt(0.25 / 20)
    assert interval.high - interval.low == pytest.approx(2 * by_people, rel=0.2)


def test_statistics_may_be_curves(comparisons):
    grid = np.array([0.1, 0.5])
    curve = subject_bootstrap(comparisons, {"c": lambda r: np.interp(grid, r.det.fnmr, r.det.fmr)}, resamples=30)["c"]
    assert curve.value.shape == curve.low.shape == curve.high.shape == (2,)
    assert (curve.low <= curve.value).all()


def test_one_person_has_a_value_and_no_interval():
    alone = subject_bootstrap(table([1, 2, 3], [0, 1]), {"eer": eer_value})["eer"]
    assert 0 <= alone.value <= 1
    assert np.isnan(alone.low) and np.isnan(alone.high)


def test_resamples_without_strangers_are_left_out():
    two = compare(ToyMatcher(), toy_people(2, forgeries=0), references=3)
    interval = subject_bootstrap(two, {"eer": eer_value}, resamples=100)["eer"]
    # Half of the draws of two people are one person twice, and nobody is a stranger to himself.
    assert 30 < interval.resamples < 70
    assert np.isfinite([interval.low, interval.high]).all()


def test_paired_difference_of_equal_systems_is_exactly_zero(comparisons):
    change = paired_bootstrap(comparisons, comparisons, {"eer": eer_value}, resamples=20)["eer"]
    assert (change.value, change.low, change.high) == (0, 0, 0)


def test_pairing_removes_what_both_systems_share(comparisons):
    draw = np.random.default_rng(0)
    noisy = Comparisons(
        score=comparisons.score + 0.3 * draw.normal(size=len(comparisons)), genuine=comparisons.genuine,
        subject=comparisons.subject, probe=comparisons.probe, kind=comparisons.kind,
    )  # fmt: skip
    paired = paired_bootstrap(noisy, comparisons, {"eer": eer_value}, resamples=200)["eer"]
    apart = [subject_bootstrap(rows, {"eer": eer_value}, resamples=200)["eer"] for rows in (noisy, comparisons)]
    assert paired.value == pytest.approx(apart[0].value - apart[1].value)
    assert paired.high - paired.low < 0.5 * sum(interval.high - interval.low for interval in apart)


def test_paired_systems_must_share_their_rows(comparisons):
    with pytest.raises(BadDataError, match="same rows"):
        paired_bootstrap(comparisons, comparisons.rows(np.arange(10)), {"eer": eer_value})


def test_the_same_seed_gives_the_same_interval(comparisons):
    first, second, other = (
        subject_bootstrap(comparisons, {"eer": eer_value}, resamples=50, seed=seed)["eer"] for seed in (1, 1, 2)
    )
    assert (first.low, first.high) == (second.low, second.high) != (other.low, other.high)
