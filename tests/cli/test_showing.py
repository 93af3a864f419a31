import tomllib
from pathlib import Path

import pytest

from shoestring.core.folder import list_runs


def test_a_name_of_several_things_shows_all_of_them(shell):
    document = shell.json("show", "bromley1993")
    assert document["preset"]["recipe"] == "signature-pairs" and document["paper"]["slug"] == "bromley1993"
    text = shell("show", "bromley1993").stdout
    assert "train it with: shoestring train bromley1993" in text and "Siamese" in text
    assert set(shell.json("show", "gae")) == {"schema", "thing", "view", "paper"}


def test_a_recipe_shows_its_keys(shell):
    document = shell.json("show", "logistic")["recipe"]
    steps = next(field for field in document["fields"] if field["key"] == "steps")
    assert steps == {"key": "steps", "type": "int", "default": "60", "help": "Optimiser steps."}
    assert "Optimiser steps." in shell("show", "logistic").stdout


def test_every_view_of_a_run(shell, preset):
    shell("train", preset, "rows=32", "--budget", "labels=100000", "--seed", 3)
    run = list_runs(shell.runs)[0]
    assert shell.json("show", "latest")["run"]["metrics"] == run.summary()["metrics"]
    assert "last loss" in shell("show", run.id).stdout
    assert tomllib.loads(shell("show", run.id, "--config").stdout) == tomllib.loads(run.config_text())
    ledger = shell.json("show", run.id, "--ledger")["run"]
    assert ledger["spent"] == {"labels": 160} and ledger["budgets"] == {"labels": 100000}
    assert ledger["curve"]["labels"][-1] == [20, 160.0]
    assert shell("show", run.id, "--card").stdout.startswith("---\nlibrary_name")


def test_python_does_the_same(shell, preset, monkeypatch):
    shell("train", preset, "rows=32", "--budget", "labels=80", "--seed", 3, code=6)
    first = list_runs(shell.runs)[0]
    code = shell("show", "latest", "--as-python").stdout
    assert "model = shoestring.load(run.path)" in code
    # The test recipe is no part of the package, and its model is of no kind that `load` knows.
    monkeypatch.setattr("shoestring.recipes.training.train.__kwdefaults__", _with_test_recipes())
    names: dict = {}
    compiled = compile(code.replace("model = shoestring.load(run.path)", ""), "shown", "exec")
    exec(compiled, names)
    assert names["run"].id != first.id and names["run"].metrics() == first.metrics()


def _with_test_recipes():
    from shoestring.recipes import training
    from tests.recipes.logistic import TABLE

    return training.train.__kwdefaults__ | {"recipes": TABLE, "quiet": True}


def test_a_preset_as_python(shell):
    assert 'shoestring.train("bromley1993", seed=0)' in shell("show", "bromley1993", "--as-python").stdout


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["bromley1992"], 3, "no preset, recipe, article or run 'bromley1992'; did you mean 'bromley1993'?"),
        (["bromley1993", "--ledger"], 2, "--ledger is for runs"),
        (["logistic", "--card"], 2, "--card is for presets and runs"),
    ],
)
def test_what_cannot_be_shown(shell, words, code, message):
    assert message in shell("show", *words, code=code).stderr


def test_a_run_without_result_has_no_card(shell, preset):
    shell("train", preset, "fail_at=2", code=1)
    assert "has no result" in shell("show", "latest", "--card", code=3).stderr
    assert "the loss is not finite" in shell("show", "latest").stdout
    assert Path(shell.json("show", "latest")["run"]["path"]).is_dir()
