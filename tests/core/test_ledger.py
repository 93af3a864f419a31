import json

import numpy as np
import pytest

from shoestring.core.errors import BudgetExhaustedError, ConfigError
from shoestring.core.folder import RunFolder
from shoestring.core.ledger import Budget, Ledger, read_totals


@pytest.mark.parametrize(
    ("text", "amount"), [("labels=200", 200), ("env_steps=1_000_000", 10**6), ("bytes=2e9", 2 * 10**9), ("labels=0", 0)]
)
def test_budgets_are_read(text, amount):
    assert Budget.parse(text) == Budget(text.partition("=")[0], amount)


@pytest.mark.parametrize("text", ["label=3", "labels", "labels=", "labels=-1", "labels=1.5", "bytes=1e99999", "=3"])
def test_wrong_budgets_are_refused(text):
    with pytest.raises(ConfigError, match="budget"):
        Budget.parse(text)


def test_attempts_add_up_and_the_budget_is_exact(tmp_path):
    path = tmp_path / "ledger.jsonl"
    budgets = [Budget("labels", 10)]
    first = Ledger(path, budgets, attempt=1)
    first.spend("labels", 4, step=1)
    first.flush()
    first.spend("labels", 2, step=2)  # killed before the flush: not charged
    second = Ledger(path, budgets, attempt=2)
    assert second.remaining("labels") == 6 and second.remaining("bytes") is None and second.exhausted is None
    second.spend("labels", 6, step=2)
    second.flush()
    assert second.exhausted == budgets[0] and read_totals(path) == {"labels": 10}


def test_a_sweep_is_charged_for_all_its_runs(tmp_path):
    parent = tmp_path / "parent.jsonl"
    for name in "ab":
        ledger = Ledger(tmp_path / name, parent=parent)
        ledger.spend("env_steps", 5, step=1)
        ledger.spend("env_steps", 5, step=2)
        ledger.flush()
    assert read_totals(parent) == {"env_steps": 20}


def test_nothing_is_refunded(tmp_path):
    with pytest.raises(ValueError, match="stays spent"):
        Ledger(tmp_path / "x").spend("labels", -1, step=1)


def test_the_curve_is_exact_at_every_step_however_rarely_it_is_written(tmp_path):
    run = RunFolder(tmp_path)
    spent = {0: 100, 1: 8, 2: 8, 3: 8, 4: 3, 7: 3, 8: 3}
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for step, n in spent.items():
        ledger.spend("labels", n, step)
        ledger.spend("comparisons", 1, step)
        if step == 3:
            ledger.spend("labels", 2, step)
            ledger.flush()
    ledger.flush()
    spent[3] += 2
    totals = np.cumsum(list(spent.values())).tolist()
    assert run.spending()["labels"] == list(zip(spent, map(float, totals), strict=True))
    lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    labels = [(line["step"], line["steps"], line["n"], line["total"]) for line in lines if line["kind"] == "labels"]
    assert labels == [(0, 1, 100, 100), (2, 2, 16, 116), (3, 1, 10, 126), (4, 1, 3, 129), (8, 2, 6, 135)]
    assert run.spent() == {"labels": 135, "comparisons": 7}
    assert [total for _, total in run.spending()["comparisons"]] == [1, 2, 3, 4, 5, 6, 7]


def test_a_ledger_that_is_not_ours_cannot_fill_the_memory(tmp_path):
    (tmp_path / "ledger.jsonl").write_text(
        '{"step":5,"steps":1000000000000,"kind":"labels","n":7}\n{"step":"x","kind":"labels","n":1}\n'
        '{"step":9,"steps":3,"kind":"labels","n":7}\n'
    )
    assert RunFolder(tmp_path).spending() == {"labels": [(5, 7.0), (9, 14.0)]}


def test_set_up_may_use_a_budget_up_but_not_exceed_it(tmp_path):
    ledger = Ledger(tmp_path / "x", [Budget("labels", 10)])
    with pytest.raises(BudgetExhaustedError, match=r"needs 11 labels before its first step and the budget leaves 10"):
        ledger.spend("labels", 11, step=0)
    ledger.spend("labels", 10, step=0)
    ledger.flush()
    assert ledger.exhausted is None and Ledger(tmp_path / "x", [Budget("labels", 10)]).exhausted is None
    ledger.spend("labels", 1, step=1)
    ledger.flush()
    assert ledger.exhausted and Ledger(tmp_path / "x", [Budget("labels", 10)]).exhausted
