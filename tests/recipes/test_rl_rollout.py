import numpy as np
import pytest

import shoestring
from shoestring.core.errors import BadDataError, InterruptedRunError
from shoestring.core.ledger import Budget
from shoestring.recipes import rl_rollout
from shoestring.recipes.rl_rollout import RlRollout
from shoestring.recipes.training import create, execute, plan, train
from shoestring.rl.episodes import FOLDER, listed, read

SMALL = ["env_steps=1600", "environments=4", "horizon=40", "evaluation_episodes=2", "recordings=2"]
CASES = {
    "rl-ppo": [*SMALL, "environment.limit=60", "agent.epochs=2", "agent.hidden=[8]", "normalise=true"],
    "rl-trpo": [*SMALL, "environment.limit=60"],
    "rl-trpo-mujoco": [*SMALL, "environment.id=Pendulum-v1", "agent.hidden=[8]", "agent.critic_hidden=[8]"],
    "rl-a2c": [*SMALL, "environment.limit=60"],
    "rl-reinforce": [*SMALL, "environment.limit=60"],
}


def result(run):
    """What must not differ between two runs that compute the same."""
    metrics = {name: value for name, value in run.summary()["metrics"].items() if name != "solved_seconds"}
    weights = (run.path / "model" / "policy.safetensors").read_bytes()
    episodes = [(name, path.read_bytes()) for name, path in listed(run.path)]
    assert len(episodes) == 5
    return run.metrics(), metrics, weights, episodes


@pytest.mark.parametrize("preset", CASES)
def test_stopped_and_resumed_equals_unbroken_bit_for_bit(preset, tmp_path, monkeypatch):
    """Environments and normaliser included: a batch that began new episodes on resuming would take another way."""
    if preset == "rl-trpo-mujoco":
        pytest.importorskip("gymnasium")
    unbroken = train(preset, CASES[preset], root=tmp_path, quiet=True)
    stopped = create(plan(preset, CASES[preset]), tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(rl_rollout, "collect", stopping(stopped, rl_rollout.collect, at=4))
        with pytest.raises(InterruptedRunError):
            execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 4
    train(resume=stopped, quiet=True)
    assert repr(result(stopped)) == repr(result(unbroken))
    assert stopped.spent() == unbroken.spent() == {"env_steps": 1600}


def stopping(folder, work, at):
    """``work`` itself, which also asks the run to stop when it is called for the ``at``-th time."""
    calls = [0]

    def wrapped(*arguments, **settings):
        calls[0] += 1
        if calls[0] == at:
            folder.request_stop()
        return work(*arguments, **settings)

    return wrapped


def test_a_budget_ends_the_run_and_what_is_there_is_judged(tmp_path):
    run = train("rl-ppo", CASES["rl-ppo"], budgets=[Budget("env_steps", 500)], root=tmp_path, quiet=True)
    assert run.spent() == {"env_steps": 500} and run.info()["status"] == "budget"
    assert run.summary()["metrics"]["return_best"]["value"] > 0


def test_the_target_stops_the_run_and_says_where(tmp_path):
    settings = [*CASES["rl-ppo"], "env_steps=100_000", "target=9.0", "stop_at_target=true"]
    run = train("rl-ppo", settings, root=tmp_path, quiet=True)
    metrics = run.summary()["metrics"]
    assert metrics["solved_at_env_steps"] == run.spent()["env_steps"] < 20_000 and metrics["episode_return"] >= 9


def test_the_deliverable_is_a_policy_that_acts(tmp_path):
    run = train("rl-a2c", CASES["rl-a2c"], root=tmp_path, quiet=True)
    policy = shoestring.load(run.path)
    assert policy.environment == "cart-pole" and policy.act(np.zeros((3, 4))).shape == (3,)
    assert policy.settings == {"kind": "cart-pole", "limit": 60} and policy.discount == 0.99


def test_episodes_of_several_ages_are_kept_and_belong_to_their_agent(tmp_path):
    run = train("rl-ppo", CASES["rl-ppo"], root=tmp_path, quiet=True)
    kept = {name: read(path) for name, path in listed(run.path)}
    assert list(kept) == [
        "training-000000000000", "training-000000000800", "training-000000001600", "evaluation-best",
        "evaluation-drawn",
    ]  # fmt: skip
    last, policy = kept["evaluation-best"], shoestring.load(run.path)
    assert (last.discount, last.trace) == (0.98, 0.8) and last.settings == policy.settings
    assert last.value == pytest.approx(policy.value(last.observation), abs=1e-5)
    assert (last.action == policy.act(last.observation)).all() and last.env_steps == 1600
    first = kept["training-000000000000"]
    assert first.how == "drawn" and first.env_steps == 0
    assert np.abs(first.distribution - 0.5).max() < 0.1, "before any learning nearly nothing is preferred"
    none = train("rl-ppo", [*CASES["rl-ppo"], "recordings=0"], root=tmp_path, quiet=True)
    assert not (none.path / FOLDER).exists()
    assert none.metrics() == run.metrics(), "recording must not change what is learned"


def test_an_environment_that_fails_leaves_a_checkpoint_from_which_it_goes_on(tmp_path, monkeypatch):
    gymnasium = pytest.importorskip("gymnasium")
    from gymnasium.envs.classic_control import PendulumEnv

    steps, plain = [0], PendulumEnv.step

    def fails(self, action):
        steps[0] += 1
        if steps[0] == 500:
            raise RuntimeError("the motor is hot")
        return plain(self, action)

    monkeypatch.setattr(PendulumEnv, "step", fails)
    settings = [*CASES["rl-trpo-mujoco"], "recordings=0"]
    assert gymnasium is not None
    run = create(plan("rl-trpo-mujoco", settings), tmp_path)
    with pytest.raises(BadDataError, match="Pendulum-v1: environment 3, step 125 of its episode.*the motor is hot"):
        execute(run, quiet=True)
    assert run.info()["status"] == "failed" and list((run.path / "checkpoints").glob("step_*"))
    train(resume=run, quiet=True)
    assert run.info()["status"] == "done" and run.spent() == {"env_steps": 1600}


@pytest.mark.parametrize("settings", [{"env_steps": 0}, {"horizon": 0}, {"stop_at_target": True}, {"recordings": 51}])
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError, match="at least 1|target|recordings"):
        RlRollout(**settings)
