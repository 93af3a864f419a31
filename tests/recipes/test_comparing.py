import math

import pytest

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.core.files import write_json
from shoestring.core.folder import RunFolder
from shoestring.recipes.comparing import axis_of, compare, group, headline, lower_is_better, value_at


def make(root, name, config="steps = 4\n", *, seed=0, losses=(), spent=(), budgets=None, metrics=None, seconds=1.0):
    run = RunFolder.create(root, f"{name}-seed{seed}", config, {"seed": seed, "budgets": budgets or {}})
    lines = [
        f'{{"attempt":1,"step":{step},"t":{step * seconds},"k":"loss","v":{"null" if math.isnan(v) else v}}}'
        for step, v in losses
    ]
    (run.path / "metrics.jsonl").write_text("\n".join(lines))
    if spent:
        lines = [f'{{"attempt":1,"step":{step},"kind":"labels","n":{n}}}' for step, n in spent]
        (run.path / "ledger.jsonl").write_text("\n".join(lines))
    if metrics:
        write_json(run.path / "summary.json", {"metrics": metrics})
    return run


def test_values_are_read_where_the_shorter_run_stopped(tmp_path):
    long = make(tmp_path, "a", losses=[(1, 0.9), (2, 0.5), (4, 0.7)], spent=[(1, 10), (2, 10), (4, 20)])
    short = make(tmp_path, "b", "steps = 2\n", losses=[(1, 0.8), (2, 0.6)], spent=[(1, 5), (2, 20)])
    found = compare([long, short], "labels")
    assert found.budget == 25 and found.axis == "labels"
    assert found.differences == {"steps": (4, 2)}
    rows = {row.group: row for row in found.rows}
    # 20 labels were spent at step 2 and 40 at step 4: 25 labels buy step 2.
    assert (rows["a"].last.value, rows["a"].best.value, rows["a"].at_budget.value) == (0.7, 0.5, 0.5)
    assert (rows["b"].last.value, rows["b"].best.value, rows["b"].at_budget.value) == (0.6, 0.6, 0.6)


def test_seeds_are_one_group_with_median_and_range(tmp_path):
    runs = [make(tmp_path, "a", seed=s, losses=[(1, 1.0), (2, v)]) for s, v in enumerate([0.3, 0.1, 0.2])]
    found = compare(runs)
    assert len(found.groups) == 1 and found.groups[0].seeds == (0, 1, 2) and found.groups[0].name == "a"
    row = found.rows[0]
    assert (row.last.value, row.last.low, row.last.high, row.last.n) == (0.2, 0.1, 0.3, 3) and not found.differences


def test_budgets_belong_to_the_configuration(tmp_path):
    runs = [make(tmp_path, "a", losses=[(1, 1.0)], budgets=b) for b in ({"labels": 5}, {"labels": 6}, {})]
    assert compare(runs).differences == {"budget.labels": (5, 6, None)}
    assert [one.name for one in group(runs)] == ["a", "a-2", "a-3"]


def test_an_axis_that_one_run_never_recorded_is_refused(tmp_path):
    one = make(tmp_path, "a", losses=[(1, 1.0)], spent=[(1, 4)])
    other = make(tmp_path, "b", "steps = 5\n", losses=[(1, 1.0)])
    with pytest.raises(ConfigError, match=f"{other.id} never recorded labels; axes that all have: step, seconds"):
        compare([one, other], "labels")
    with pytest.raises(ConfigError, match="choose one of step, labels"):
        compare([one], "hours")


def test_seconds_count_from_the_log(tmp_path):
    slow = make(tmp_path, "a", losses=[(1, 0.9), (2, 0.5)], seconds=10)
    fast = make(tmp_path, "b", "steps = 5\n", losses=[(1, 0.8), (2, 0.7), (3, 0.6)], seconds=4)
    found = compare([slow, fast], "seconds")
    assert found.budget == 12 and axis_of(slow, "seconds") == [(1, 10.0), (2, 20.0)]
    assert [row.at_budget.value for row in found.rows] == [0.9, 0.6]


def test_values_that_are_not_numbers_are_left_out_and_a_metric_of_one_run_is_not_compared(tmp_path):
    run = make(tmp_path, "a", losses=[(1, 0.5), (2, math.nan)])
    assert compare([run]).rows[0].last.value == 0.5
    empty = make(tmp_path, "a", seed=1, losses=[(1, math.nan)])
    assert compare([run, empty]).rows == ()


def test_results_without_a_curve_are_compared_too(tmp_path):
    metrics = [{"eer": {"value": value, "low": 0.0, "high": 1.0}, "size": 80} for value in (0.2, 0.4)]
    runs = [make(tmp_path, "a", seed=s, losses=[(1, 0.5)], metrics=found) for s, found in enumerate(metrics)]
    rows = {row.metric: row for row in compare(runs).rows}
    assert rows["eer"].last.value == pytest.approx(0.3) and rows["eer"].at_budget is None
    assert rows["size"].last.value == 80 and set(rows) == {"loss", "eer", "size"}


def test_value_at_counts_what_was_spent_up_to_and_including_a_step():
    series, positions = [(1, 1.0), (2, 2.0), (3, 3.0)], [(1, 10.0), (3, 20.0)]
    assert value_at(series, positions, 9) is None
    assert value_at(series, positions, 10) == 2.0
    assert value_at(series, positions, 19.9) == 2.0
    assert value_at(series, positions, 20) == 3.0
    assert value_at(series, [], 0) == 3.0


@pytest.mark.parametrize("name", ["loss", "validation_loss", "eer_skilled", "error", "fnmr_at_fmr_0.01", "cllr"])
def test_errors_are_better_when_lower(name):
    assert lower_is_better(name)


@pytest.mark.parametrize("name", ["accuracy", "reward", "auc", "beer", "glossy"])
def test_other_metrics_are_better_when_higher(name):
    assert not lower_is_better(name)


def test_headline_values():
    assert headline({"value": 2}) == headline(2.0) == 2.0 and math.isnan(headline({"value": None}))


def test_a_damaged_configuration_is_named(tmp_path):
    run = make(tmp_path, "a", "steps = \n")
    with pytest.raises(BadDataError, match=r"run\.toml: damaged"):
        compare([run])
