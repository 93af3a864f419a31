import json

import pytest

from shoestring.core.errors import ConfigError, InterruptedRunError
from shoestring.recipes import rl_laboratory
from shoestring.recipes.rl_laboratory import RlLaboratory
from shoestring.recipes.training import create, execute, plan, train
from tests.recipes.test_rl_rollout import stopping

SMALL = ["estimates=24", "blocks=6", "steps=60", "traces=[0.0, 1.0]", "lookaheads=[2]"]


def result(run):
    table = json.loads((run.path / "laboratory.json").read_text())
    return table, run.metrics(), run.summary()["metrics"], run.spent()


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(tmp_path, monkeypatch):
    unbroken = train("rl-laboratory", SMALL, root=tmp_path, quiet=True)
    stopped = create(plan("rl-laboratory", SMALL), tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(rl_laboratory, "sample_episodes", stopping(stopped, rl_laboratory.sample_episodes, at=3))
        with pytest.raises(InterruptedRunError):
            execute(stopped, quiet=True)
    train(resume=stopped, quiet=True)
    assert result(stopped) == result(unbroken)


def test_every_estimator_lies_in_the_table_and_in_the_picture(tmp_path):
    run = train("rl-laboratory", SMALL, root=tmp_path, quiet=True)
    table, _, metrics, spent = result(run)
    rows = {row["estimator"]: row for row in table["estimators"]}
    assert table["schema"] == "shoestring.laboratory/1" and table["estimates"] == 24 and spent["env_steps"] > 0
    assert set(rows) == {
        "REINFORCE, whole return", "REINFORCE, return to come", "REINFORCE, baseline", "actor-critic, Q",
        "actor-critic, TD error", "n = 2", "lambda = 0", "lambda = 1", "lambda = 0.95 without gamma^t",
        "natural, lambda = 0.95", "natural, lambda = 1", "evolution strategies",
    }  # fmt: skip
    # One step ahead is the TD error, and Monte Carlo has more variance than what looks one step ahead.
    assert rows["lambda = 0"]["variance"] == rows["actor-critic, TD error"]["variance"]
    assert rows["lambda = 1"]["variance"] > rows["lambda = 0"]["variance"]
    assert rows["lambda = 1"]["expected_bias"] < 1e-20 and rows["lambda = 0"]["expected_bias"] > 0.01
    assert metrics["first_trace_mse"] == rows["lambda = 0"]["mse"] and metrics["best_trace"] in (0.0, 1.0)
    page = (run.path / "laboratory.html").read_text()
    assert (
        page.count("<svg") == 1
        and all(name in page for name in ("evolution strategies", "GAE"))
        and "<script" not in page
    )


@pytest.mark.parametrize(("kind", "message"), [("chain", "needs episodes"), ("random-walk", "no choice")])
def test_a_world_without_end_or_choice_is_refused(kind, message, tmp_path):
    lines = f'recipe = "rl-laboratory"\n[environment]\nkind = "{kind}"\n'
    (tmp_path / "mine.toml").write_text(lines)
    with pytest.raises(ConfigError, match=message):
        train(str(tmp_path / "mine.toml"), root=tmp_path, quiet=True)


@pytest.mark.parametrize(
    "wrong", [{"blocks": 1}, {"estimates": 30}, {"discount": 1.0}, {"traces": ()}, {"lookaheads": (0,)}]
)
def test_settings_that_measure_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=r"least|lies|below"):
        RlLaboratory(**wrong)
