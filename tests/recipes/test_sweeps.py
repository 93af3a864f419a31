import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shoestring.core.errors import BadDataError, ConfigError, InterruptedRunError, ShoestringError
from shoestring.core.folder import RunFolder, list_runs
from shoestring.core.ledger import Budget
from shoestring.recipes.sweeps import create_sweep, execute_sweep, sweep_runs
from shoestring.recipes.training import plan, train
from tests.recipes.logistic import TABLE

REPOSITORY = Path(__file__).parents[2]


def job(preset, *overrides, **settings):
    return replace(plan(str(preset), overrides, recipes=TABLE), **settings)


def losses(run: RunFolder):
    return run.metrics(["loss"])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_sweep_is_its_runs_and_is_charged_for_all_of_them(preset, tmp_path, jobs):
    sweep = create_sweep(job(preset), [4, 5, 6], tmp_path / "runs")
    execute_sweep(sweep, jobs=jobs, quiet=True, recipes=TABLE)
    runs = sweep_runs(sweep)
    assert [run.info()["seed"] for run in runs] == [4, 5, 6] and {run.info()["parent"] for run in runs} == {sweep.id}
    assert [run.spent() for run in runs] == [{"labels": 320}] * 3 and sweep.spent() == {"labels": 960}
    alone = train(str(preset), seed=5, root=tmp_path / "alone", quiet=True, recipes=TABLE)
    assert losses(runs[1]) == losses(alone), "a run of a sweep is the run of its seed"
    errors = [run.summary()["metrics"]["error"]["value"] for run in runs]
    summary = sweep.summary()
    assert summary["metrics"]["error"] == {
        "value": np.median(errors), "low": min(errors), "high": max(errors), "seeds": 3, "coverage": 0.75,
    }  # fmt: skip
    assert sweep.info()["status"] == summary["status"] == "done" and summary["spent"] == {"labels": 960}


def test_a_budget_holds_for_each_run(preset, tmp_path):
    sweep = create_sweep(job(preset, budgets=(Budget("labels", 50),)), [0, 1], tmp_path / "runs")
    execute_sweep(sweep, quiet=True, recipes=TABLE)
    assert sweep.info()["status"] == "budget" and sweep.spent() == {"labels": 100}


def test_a_stopped_sweep_resumes_where_it_was(preset, tmp_path, meanwhile):
    sweep = create_sweep(job(preset, "pause=0.1"), [0, 1, 2], tmp_path / "runs")
    at_work = meanwhile(lambda: sweep_runs(sweep)[1].metrics(["loss"]), sweep.request_stop)
    with at_work, pytest.raises(InterruptedRunError, match=f"resume with: shoestring train --resume {sweep.path}"):
        execute_sweep(sweep, quiet=True, recipes=TABLE)
    statuses = [run.info()["status"] for run in sweep_runs(sweep)]
    assert sweep.info()["status"] == "interrupted" and statuses == ["done", "interrupted", "created"]
    execute_sweep(sweep, quiet=True, recipes=TABLE)
    unbroken = create_sweep(job(preset), [0, 1, 2], tmp_path / "unbroken")
    execute_sweep(unbroken, quiet=True, recipes=TABLE)
    for ours, theirs in zip(sweep_runs(sweep), sweep_runs(unbroken), strict=True):
        assert losses(ours) == losses(theirs)
    assert sweep.summary()["metrics"] == unbroken.summary()["metrics"] and sweep.spent() == unbroken.spent()


@pytest.mark.parametrize("signal_name", ["SIGINT", pytest.param("SIGTERM", marks=pytest.mark.slow)])
def test_a_signal_to_a_parallel_sweep_stops_all_runs_with_checkpoints(preset, tmp_path, signal_name):
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.program", "train", str(preset), "pause=0.05", "steps=2000", "--seeds", "3",
         "--jobs", "2", "--out", str(tmp_path / "runs"), "--json"],
        cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    at_work = []
    for _ in range(4000):
        runs = list_runs(tmp_path / "runs")
        at_work = [run for run in runs if run.info()["kind"] == "run" and run.metrics(["loss"]).get("loss")]
        if len(at_work) == 2:
            break
        time.sleep(0.1)
    assert len(at_work) == 2, process.communicate(timeout=120)
    number = getattr(signal, signal_name)
    # A terminal sends Ctrl-C to the whole group; systemd and kill reach the first process only.
    (os.killpg if signal_name == "SIGINT" else os.kill)(process.pid, number)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 128 + number, errors
    assert json.loads(output)["error"]["code"] == 128 + number and "Traceback" not in errors
    assert [run.info()["status"] for run in at_work] == ["interrupted"] * 2
    assert all(list((run.path / "checkpoints").glob("step_*")) for run in at_work)


def test_one_run_that_breaks_does_not_stop_the_others(preset, tmp_path, monkeypatch):
    sweep = create_sweep(job(preset), [0, 1, 2], tmp_path / "runs")
    broken = sweep_runs(sweep)[0]
    (broken.path / "run.toml").write_text(broken.config_text().replace("fail_at = 0", "fail_at = 3"))
    with pytest.raises(ShoestringError, match=f"1 of 3 runs failed.*{broken.id}"):
        execute_sweep(sweep, quiet=True, recipes=TABLE)
    assert [run.info()["status"] for run in sweep_runs(sweep)] == ["failed", "done", "done"]
    assert sweep.info()["status"] == "failed" and sweep.summary()["metrics"]["error"]["seeds"] == 2


def test_what_is_wrong_with_all_runs_stops_at_the_first(preset, tmp_path):
    sweep = create_sweep(job(preset, "data=nowhere.txt"), [0, 1], tmp_path / "runs")
    with pytest.raises(BadDataError, match=r"nowhere\.txt"):
        execute_sweep(sweep, quiet=True, recipes=TABLE)
    assert [run.info()["status"] for run in sweep_runs(sweep)] == ["failed", "created"]


def test_what_is_no_sweep_is_refused(preset, tmp_path):
    run = train(str(preset), root=tmp_path / "runs", quiet=True, recipes=TABLE)
    with pytest.raises(BadDataError, match="not a sweep"):
        execute_sweep(run, recipes=TABLE)
    for seeds in ([], [1, 1]):
        with pytest.raises(ConfigError, match="different seeds"):
            create_sweep(job(preset), seeds, tmp_path / "runs")
    sweep = create_sweep(job(preset), [1], tmp_path / "runs")
    with pytest.raises(ConfigError, match="jobs=0"):
        execute_sweep(sweep, jobs=0, recipes=TABLE)
    sweep.update(runs=["../../etc"])
    with pytest.raises(BadDataError, match="no list of runs"):
        sweep_runs(sweep)
