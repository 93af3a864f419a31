import numpy as np
import pytest

import shoestring
from shoestring.core.errors import InterruptedRunError
from shoestring.recipes import rl_evolution
from shoestring.recipes.rl_evolution import RlEvolution
from shoestring.recipes.training import create, execute, plan, train
from tests.recipes.test_rl_rollout import stopping

SMALL = ["generations=8", "agent.pairs=4", "evaluation_episodes=2", "environment.limit=40"]


def result(run):
    weights = (run.path / "model" / "policy.safetensors").read_bytes()
    return run.metrics(), run.summary()["metrics"], run.spent(), weights


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(tmp_path, monkeypatch):
    unbroken = train("rl-evolution", SMALL, root=tmp_path, quiet=True)
    stopped = create(plan("rl-evolution", SMALL), tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(rl_evolution, "compete", stopping(stopped, rl_evolution.compete, at=4))
        with pytest.raises(InterruptedRunError):
            execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 4
    train(resume=stopped, quiet=True)
    assert repr(result(stopped)) == repr(result(unbroken)) and unbroken.spent()["env_steps"] > 8 * 8 * 5
    policy = shoestring.load(stopped.path)
    assert policy.act(np.zeros((3, 4))).shape == (3,) and policy.value(np.ones((2, 4))).tolist() == [0.0, 0.0]


def test_the_target_stops_the_run_and_says_where(tmp_path):
    settings = [*SMALL, "generations=500", "target=20.0", "stop_at_target=true"]
    run = train("rl-evolution", settings, root=tmp_path, quiet=True)
    assert run.summary()["metrics"]["solved_at_env_steps"] == run.spent()["env_steps"] < 60_000


@pytest.mark.parametrize("settings", [{"generations": 0}, {"stop_at_target": True}])
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError, match="at least 1|target"):
        RlEvolution(**settings)
