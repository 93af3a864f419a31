import pytest

from shoestring.core.errors import InterruptedRunError
from shoestring.recipes import rl_triad
from shoestring.recipes.rl_triad import RlTriad
from shoestring.recipes.training import create, execute, plan, train
from tests.recipes.test_rl_rollout import stopping

SMALL = ["env_steps=4000", "learners=4"]


def result(run):
    return run.metrics(), run.summary()["metrics"], run.spent()


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(tmp_path, monkeypatch):
    settings = ["env_steps=200", "learners=3"]
    unbroken = train("rl-triad", settings, root=tmp_path, quiet=True)
    stopped = create(plan("rl-triad", settings), tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(rl_triad.Learners, "step", stopping(stopped, rl_triad.Learners.step, at=70))
        with pytest.raises(InterruptedRunError):
            execute(stopped, quiet=True)
    train(resume=stopped, quiet=True)
    assert result(stopped) == result(unbroken)


def test_all_three_legs_diverge(tmp_path):
    run = train("rl-triad", SMALL, root=tmp_path, quiet=True)
    metrics = run.summary()["metrics"]
    assert metrics["expected_growth"] > 1 and metrics["grew"] == 1 and run.spent() == {"env_steps": 16_000}
    assert metrics["value_error"]["low"] > 3.9


@pytest.mark.parametrize("leg", ["bootstraps", "off_policy", "approximates"])
def test_without_one_leg_it_converges(leg, tmp_path):
    run = train("rl-triad", [*SMALL, f"{leg}=false"], root=tmp_path, quiet=True)
    metrics = run.summary()["metrics"]
    assert metrics["expected_growth"] <= 1 + 1e-12 and metrics["grew"] == 0


@pytest.mark.parametrize("wrong", [{"learners": 0}, {"step_size": 0.0}, {"discount": 1.0}])
def test_settings_without_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="at least 1"):
        RlTriad(**wrong)
