import pytest


@pytest.fixture
def two_sweeps(shell, preset):
    shell("train", preset, "--seeds", 2)
    first = shell.json("list", "runs")["runs"]
    shell("train", preset, "steps=10", "--seeds", 2)
    second = shell.json("list", "runs")["runs"]
    return [next(run["run"] for run in runs if run["kind"] == "sweep") for runs in (first, second[:3])]


def test_sweeps_are_compared_at_the_same_budget(shell, two_sweeps):
    found = shell.json("compare", *two_sweeps, "--x", "labels")
    assert found["budget"] == 80 and found["axis"] == "labels" and found["differences"] == {"steps": [20, 10]}
    assert [len(group["runs"]) for group in found["groups"]] == [2, 2]
    shown = shell("compare", *two_sweeps, "--x", "labels", "--metric", "error")
    assert "at 80 labels" in shown.stdout and "loss" not in shown.stdout and "(lowest)" in shown.stdout
    assert "steps  20      10" in shown.stdout and "50%" in shown.stderr


def test_an_axis_or_metric_that_is_not_there_is_refused(shell, preset):
    shell("train", preset)
    assert "never recorded env_steps" in shell("compare", "latest", "--x", "env_steps", code=2).stderr
    assert "no metric 'eer'" in shell("compare", "latest", "--metric", "eer", code=2).stderr
    assert "no run 'nothing'" in shell("compare", "nothing", code=3).stderr
    assert "one seed has no interval" in shell("compare", "latest").stderr


def test_a_study_takes_seeds_as_the_unit(shell, two_sweeps):
    found = shell.json("compare", *two_sweeps, "--study", "error", "--x", "labels")
    assert [one["seeds"] for one in found["levels"].values()] == [2, 2] and len(found["records"]) == 4
    assert found["differences"][0]["seeds"] == 2 and found["warnings"] == []
    assert "interquartile mean" in shell("compare", *two_sweeps, "--study", "error").stdout
    assert "no metric 'eer'" in shell("compare", *two_sweeps, "--study", "eer", code=2).stderr
