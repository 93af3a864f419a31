"""The page about run folders names every file that a run really leaves, and every status that it can have."""

import re

from shoestring.core.ledger import Budget
from shoestring.recipes import training
from tests.docs.pages import DOCS
from tests.recipes.logistic import TABLE

PAGE = (DOCS / "reference" / "run-folder.md").read_text(encoding="utf-8")


def train(tmp_path, **options):
    preset = tmp_path / "logistic.toml"
    preset.write_text('recipe = "logistic"\nsteps = 12\n', encoding="utf-8")
    return training.train(str(preset), root=tmp_path / "runs", recipes=TABLE, quiet=True, **options)


def test_every_file_of_a_run_is_named(tmp_path):
    run = train(tmp_path)
    named = set(re.findall(r"`([\w./-]+)`", PAGE))
    for path in run.path.iterdir():
        assert path.name + ("/" if path.is_dir() else "") in named, path.name


def test_every_status_that_the_code_can_write_is_explained(tmp_path):
    table = PAGE.split("## Status")[1].split("## Attempts")[0]
    explained = set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE))
    assert explained == {"created", "running", "done", "budget", "interrupted", "failed", "lost"}
    assert train(tmp_path).info()["status"] == "done"
    assert train(tmp_path, budgets=[Budget("labels", 20)]).info()["status"] == "budget"
