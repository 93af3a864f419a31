import numpy as np
import pytest

import shoestring
from shoestring.core.errors import InterruptedRunError
from shoestring.recipes import rl_replay
from shoestring.recipes.rl_replay import RlReplay
from shoestring.recipes.training import create, execute, plan, train
from shoestring.rl.episodes import FOLDER
from tests.recipes.test_rl_rollout import stopping

SMALL = [
    "env_steps=800", "environments=4", "interval=10", "gradients=3", "learning_starts=80", "evaluation_episodes=2",
    "environment.limit=60", "agent.hidden=[8]", "agent.capacity=300", "agent.target_every=7",
]  # fmt: skip


def result(run):
    metrics = {name: value for name, value in run.summary()["metrics"].items() if name != "solved_seconds"}
    kept = {path.name: path.read_bytes() for path in (run.path / FOLDER).iterdir()}
    return run.metrics(), metrics, run.spent(), (run.path / "model" / "values.safetensors").read_bytes(), kept


@pytest.mark.parametrize("preset", ["rl-dqn", "rl-rainbow"])
def test_stopped_and_resumed_equals_unbroken_bit_for_bit(preset, tmp_path, monkeypatch):
    """Memory, windows that are not full, priorities and target network included."""
    unbroken = train(preset, SMALL, root=tmp_path, quiet=True)
    stopped = create(plan(preset, SMALL), tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(rl_replay, "acted", stopping(stopped, rl_replay.acted, at=9))
        with pytest.raises(InterruptedRunError):
            execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 9
    train(resume=stopped, quiet=True)
    assert repr(result(stopped)) == repr(result(unbroken)) and stopped.spent() == {"env_steps": 800}
    values = shoestring.load(stopped.path)
    assert values.environment == "cart-pole" and values.act(np.zeros((3, 4))).shape == (3,)


def test_the_target_stops_the_run_and_says_where(tmp_path):
    settings = [*SMALL, "env_steps=100_000", "target=9.0", "stop_at_target=true"]
    run = train("rl-dqn", settings, root=tmp_path, quiet=True)
    metrics = run.summary()["metrics"]
    assert metrics["solved_at_env_steps"] == run.spent()["env_steps"] < 20_000 and metrics["episode_return"] >= 9


@pytest.mark.parametrize(
    "settings",
    [{"gradients": 0}, {"learning_starts": 3}, {"stop_at_target": True}, {"env_steps": 0}, {"recordings": 51}],
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError, match="at least 1|memory|target|recordings"):
        RlReplay(**settings)
