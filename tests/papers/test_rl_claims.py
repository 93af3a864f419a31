import numpy as np
import pytest

from shoestring.papers.rl_claims import Statement, beyond, comparison, estimate, exact, level, near, untested
from shoestring.rl.statistics import Estimate

SAID = Statement("id", "Something.", "section 1", "return", "shoestring reproduce gae")
TEN = np.arange(10.0)


def test_an_estimate_is_the_middle_half_with_its_interval():
    found = estimate([*TEN, 1e9])
    assert found.value == 5.0 and found.runs == 11 and 1 < found.low < found.value < found.high


@pytest.mark.parametrize(
    ("low", "high", "runs", "verdict"),
    [(0.1, 2, 5, "met"), (-1, 2.5, 5, "met in direction"), (-2, 1, 5, "not met"), (1, 1, 1, "met in direction")],
)
def test_verdicts_need_the_whole_interval_and_more_than_one_seed(low, high, runs, verdict):
    value = (low + high) / 2
    assert beyond(Estimate(value, low, high, runs), 0.0, "more") == verdict
    assert beyond(Estimate(-value, -high, -low, runs), 0.0, "less") == verdict


def test_comparisons_are_paired_by_seed():
    luck = np.random.default_rng(0).normal(0, 100, 21)
    claim = comparison(SAID, luck + 1, luck, spent=7, note="a note")
    assert claim.verdict == "met" and claim.ours == pytest.approx(1) and claim.low == pytest.approx(1)
    assert claim.seeds == 21 == len(claim.values) and claim.budget == {"env_steps": 7} and "beside" in claim.why
    assert comparison(SAID, luck, luck + 1, spent=7, note="").verdict == "not met"


def test_a_level_is_reached_by_its_lower_bound():
    def verdict(values, published=100.0):
        return level(SAID, values, published=published, chance=0.0, spent=0, note="").verdict

    assert verdict(TEN + 100) == "met"
    assert verdict(TEN + 94) == "met in direction"
    assert verdict(TEN - 4.5) == "not met"
    assert verdict(np.full(10, 100.0)) == "met"
    assert verdict([500.0]) == "met in direction"
    assert level(SAID, [500.0], published=1.0, chance=0.0, spent=0, note="").why.startswith("one seed, which proves")
    assert level(SAID, TEN - 20, published=-5.0, chance=0.0, spent=0, note="").verdict == "met"


def test_near_means_the_whole_interval():
    def verdict(values, within=0.5):
        return near(SAID, values, published=4.5, within=within, spent=0, note="").verdict

    assert (verdict(TEN, 4.0), verdict(TEN), verdict(TEN + 1)) == ("met", "met in direction", "not met")
    assert verdict([4.5]) == "met in direction"


def test_computed_figures_have_no_seeds():
    assert exact(SAID, 1e-12, published=None, within=1e-9, note="").verdict == "met"
    assert exact(SAID, 7.93, published=8.46, within=0.01, note="").verdict == "not met"
    assert untested(SAID, "no MuJoCo").ours is None
