import json
from dataclasses import replace

import pytest
import torch

from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.core.folder import RunFolder, list_runs
from shoestring.core.ledger import Budget
from shoestring.recipes.training import create, execute, plan, plan_again, train
from tests.recipes.logistic import TABLE
from tests.recipes.stopping import stopped_at


def result(run: RunFolder):
    """What must not differ between two runs that compute the same."""
    weights = (run.path / "model" / "model.safetensors").read_bytes()
    return run.metrics(), run.summary()["metrics"], run.summary()["last"], weights


def test_layers_preset_file_environment_command_line_in_this_order(preset, tmp_path):
    above = tmp_path / "above.toml"
    above.write_text("steps = 50\nrows = 50\nlearning_rate = 0.5\n")
    environment = {"SHOESTRING_ROWS": "60", "SHOESTRING_LEARNING_RATE": "0.6", "SHOESTRING_RUNS": "elsewhere"}
    job = plan(str(preset), ["learning_rate=0.7"], file=above, environment=environment, recipes=TABLE)
    got = job.component
    assert (got.steps, got.rows, got.learning_rate, got.noise.scale, got.eval_every) == (50, 60, 0.7, 0.25, 10)
    text = job.annotated()
    assert f"steps = 50  # {above}" in text and "rows = 60  # environment" in text
    assert "learning_rate = 0.7  # command line" in text and "eval_every = 10  # default" in text
    assert f"scale = 0.25  # {preset}" in text and text.startswith('recipe = "logistic"\n')


def test_the_process_environment_is_a_layer(preset, monkeypatch):
    monkeypatch.setenv("SHOESTRING_NOISE__SCALE", "0.75")
    assert plan(str(preset), recipes=TABLE).component.noise.scale == 0.75


def test_a_wrong_key_is_refused_with_file_and_line(preset):
    preset.write_text('recipe = "logistic"\nsteps = 10\nstesp = 20\n')
    with pytest.raises(ConfigError, match=r"clouds\.toml:3 stesp: unknown key 'stesp'; did you mean 'steps'"):
        plan(str(preset), recipes=TABLE)


@pytest.mark.parametrize("option", ["seed=3", "budget=4", "device=cpu", "threads=2"])
def test_options_written_as_keys_are_explained(preset, option):
    with pytest.raises(ConfigError, match=f"write --{option.split('=')[0]}"):
        plan(str(preset), [option], recipes=TABLE)


def test_unknown_names_are_not_found(preset):
    with pytest.raises(NotFoundError, match="no preset 'clodus'"):
        plan("clodus", recipes=TABLE)
    preset.write_text('recipe = "logistics"\n')
    with pytest.raises(NotFoundError, match="did you mean 'logistic'"):
        plan(str(preset), recipes=TABLE)
    preset.write_text("steps = 3\n")
    with pytest.raises(ConfigError, match="top key recipe"):
        plan(str(preset), recipes=TABLE)


def test_a_file_for_another_recipe_is_refused(preset, tmp_path):
    (tmp_path / "above.toml").write_text('recipe = "other"\n')
    with pytest.raises(ConfigError, match=r"above\.toml:1 recipe = 'other': the preset is for 'logistic'"):
        plan(str(preset), file=tmp_path / "above.toml", recipes=TABLE)


def test_a_run_can_be_repeated_bit_for_bit_from_its_folder(preset, tmp_path, monkeypatch):
    first = train(str(preset), ["rows=32"], seed=7, root=tmp_path / "runs", quiet=True, recipes=TABLE)
    monkeypatch.setenv("SHOESTRING_ROWS", "16")
    again = plan_again(first, recipes=TABLE)
    assert again.seed == 7 and again.component.rows == 32 and again.name == "clouds"
    second = execute(create(again, tmp_path / "runs"), quiet=True, recipes=TABLE)
    assert second.id != first.id and result(second) == result(first)
    other = execute(create(replace(again, seed=8), tmp_path / "runs"), quiet=True, recipes=TABLE)
    assert result(other) != result(first)


def test_stopped_and_resumed_equals_unbroken(preset, tmp_path):
    unbroken = train(str(preset), root=tmp_path / "runs", quiet=True, recipes=TABLE)
    stopped = create(plan(str(preset), recipes=TABLE), tmp_path / "runs")
    with stopped_at(15, match=f"--resume {stopped.path}"):
        execute(stopped, quiet=True, recipes=TABLE)
    assert stopped.info()["status"] == "interrupted" and stopped.summary()["step"] == 15
    train(resume=stopped, quiet=True, recipes=TABLE)
    assert result(stopped) == result(unbroken) and stopped.info()["attempt"] == 2
    assert stopped.spent() == unbroken.spent()


def test_a_finished_run_that_is_executed_again_keeps_its_last_values(preset, tmp_path):
    run = train(str(preset), root=tmp_path / "runs", quiet=True, recipes=TABLE)
    before = result(run)
    execute(run, quiet=True, recipes=TABLE)
    assert result(run) == before and "loss" in run.summary()["last"]


def test_a_budget_is_spent_exactly_and_ends_the_run(preset, tmp_path):
    run = train(str(preset), budgets=[Budget("labels", 100)], root=tmp_path / "runs", quiet=True, recipes=TABLE)
    assert run.info()["status"] == "budget" and run.spent() == {"labels": 100} and run.summary()["step"] == 13
    assert run.metrics(["error"])["error"][-1][0] == 13, "evaluated where the budget ended"


def test_people_are_told_what_is_trained(preset, tmp_path, capsys):
    run = train(str(preset), seed=3, budgets=[Budget("labels", 1000)], root=tmp_path, recipes=TABLE)
    told = capsys.readouterr().err
    for part in (run.id, str(run.path), "logistic", "seed    3", "cpu, 1 thread", "labels 1,000 (0 spent)",
                 "clouds: 64 rows of synthetic, sha256", "model   3 parameters"):  # fmt: skip
        assert part in told
    assert told in (run.path / "log.txt").read_text()


def test_a_failure_is_in_the_log_and_says_where(preset, tmp_path):
    with pytest.raises(ValueError, match="not finite") as failure:
        train(str(preset), ["fail_at=5"], root=tmp_path / "runs", quiet=True, recipes=TABLE)
    run = list_runs(tmp_path / "runs")[0]
    assert run.info()["status"] == "failed" and run.info()["error"] == "the loss is not finite"
    assert "Traceback" in (run.path / "log.txt").read_text()
    assert failure.value.__notes__ == [f"the log of the run is {run.path / 'log.txt'}"]


def test_damaged_run_folders_are_refused(preset, tmp_path):
    run = train(str(preset), root=tmp_path / "runs", quiet=True, recipes=TABLE)
    info = run.info()
    for damage in ({"budgets": 3}, {"seed": "x"}, {"threads": None}, {"overrides": 5}):
        (run.path / "run.json").write_text(json.dumps(info | damage))
        with pytest.raises(BadDataError, match="cannot be repeated"):
            plan_again(run, recipes=TABLE)
    (run.path / "run.json").write_text("{")
    with pytest.raises(BadDataError, match="damaged"):
        execute(run, recipes=TABLE)


def test_either_a_preset_or_a_run(preset):
    with pytest.raises(ConfigError, match="either"):
        train()


def test_an_absent_device_is_refused_before_anything_is_written(preset, tmp_path):
    job = replace(plan(str(preset), recipes=TABLE), device="cuda")
    if torch.cuda.is_available():
        pytest.skip("this machine has cuda")
    with pytest.raises(ConfigError, match="cuda"):
        create(job, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
