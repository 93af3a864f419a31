import numpy as np
import pytest

from shoestring.rl.statistics import bootstrap, interquartile_mean, permutation_test
from shoestring.rl.study import CURVE_RESAMPLES, Record, Study

LUCK = np.random.default_rng(0).normal(100, 30, 12)


def records(method, shift, seeds=range(12), **more):
    return [Record(method, seed, float(LUCK[seed] + shift), **more) for seed in seeds]


def test_levels_are_interquartile_means_with_bootstrap_intervals():
    found = Study(tuple(records("a", 0.0))).level("a")
    expected = bootstrap(LUCK[:, None], np.random.default_rng(0), interquartile_mean, 10_000)
    assert found == expected and found.low < found.value < found.high


def test_differences_are_paired_by_seed_and_not_by_place():
    ours = list(reversed(records("b", 2.0, range(2, 12))))
    found = Study((*records("a", 0.0, range(10)), *ours)).difference("b", "a")
    assert found.seeds == tuple(range(2, 10)) and found.difference.runs == 8
    assert (found.difference.low, found.difference.high) == (pytest.approx(2), pytest.approx(2))
    assert found.p == permutation_test(LUCK[2:10] + 2, LUCK[2:10], np.random.default_rng(0)) < 0.05
    assert 0.5 < found.probability < 0.7


def test_one_seed_is_never_a_result_without_a_word():
    study = Study((*records("a", 0.0), *records("b", 5.0, [3])))
    assert len(study.warnings) == 1 and study.warnings[0].startswith("b: one seed is an anecdote")
    assert study.level("b").single and "no interval" in str(study.level("b"))
    assert study.difference("b", "a").difference.single


def test_runs_are_resampled_within_their_task():
    made = [Record("a", seed, 100.0 * task, task=str(task)) for seed in range(5) for task in (0, 1)]
    study = Study(tuple(made))
    assert study.table("a").tolist() == [[0.0, 100.0]] * 5
    assert (study.level("a").low, study.level("a").high) == (50, 50)
    with pytest.raises(ValueError, match="seed 4 has no run of task '1'"):
        Study(tuple(made[:-1])).level("a")


def test_profiles_count_runs_above_thresholds():
    study = Study(tuple(Record("a", seed, float(seed)) for seed in range(4)))
    assert study.profile([-1, 0, 1.5, 3])["a"].tolist() == [1.0, 0.75, 0.5, 0.0]


def test_curves_stand_where_every_seed_has_a_value():
    curves = [[(10.0, 1.0), (20.0, 2.0), (40.0, 4.0)], [(5.0, 3.0), (30.0, 5.0)]]
    made = [Record("a", seed, 0.0, tuple(curve)) for seed, curve in enumerate(curves)]
    found = Study(tuple(made)).curve("a", points=3)
    assert found.steps == (10.0, 20.0, 30.0) and [e.value for e in found.estimates] == [2.0, 2.5, 3.5]
    assert all(e.low <= e.value <= e.high and e.runs == 2 for e in found.estimates) and CURVE_RESAMPLES >= 1_000
    with pytest.raises(ValueError, match="no curve"):
        Study((*made, Record("a", 9, 0.0))).curve("a")
    with pytest.raises(ValueError, match="before another begins"):
        Study((*made, Record("a", 9, 0.0, ((50.0, 1.0),)))).curve("a")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [((), "needs runs"), ((*records("a", 0.0), Record("a", 1, 0.0)), "twice"), ((Record("a", 1, np.nan),), "finite")],
)
def test_what_is_no_study_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Study(tuple(wrong))


def test_nothing_is_paired_without_common_seeds():
    study = Study((*records("a", 0.0, [0, 1]), *records("b", 0.0, [2, 3])))
    with pytest.raises(ValueError, match="no seed in common"):
        study.difference("a", "b")
    with pytest.raises(ValueError, match="no runs of 'c'"):
        study.level("c")
