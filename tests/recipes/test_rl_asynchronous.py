import pytest

from shoestring.core.errors import InterruptedRunError
from shoestring.recipes.rl_asynchronous import RlAsynchronous
from shoestring.recipes.training import create, execute, plan, train
from shoestring.rl.asynchronous import Crew
from tests.recipes.test_rl_rollout import stopping

SMALL = ["env_steps=1600", "environments=4", "horizon=5", "evaluation_episodes=2", "environment.limit=60"]
ONE = [*SMALL, "workers=1", "updates=20"]


def weights(run):
    return (run.path / "model" / "policy.safetensors").read_bytes()


def test_one_worker_is_a2c_and_stopped_and_resumed_bit_for_bit(tmp_path, monkeypatch):
    """A process of its own, and a second one after the interruption: the weights are those of A2C without any."""
    plain = train("rl-a2c", SMALL, root=tmp_path, quiet=True)
    stopped = create(plan("rl-a3c", ONE), tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Crew, "update", stopping(stopped, Crew.update, at=2))
        with pytest.raises(InterruptedRunError):
            execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 2
    train(resume=stopped, quiet=True)
    assert weights(stopped) == weights(plain) and stopped.spent() == plain.spent() == {"env_steps": 1600}
    best = [run.summary()["metrics"]["return_best"] for run in (plain, stopped)]
    assert best[0] == best[1]


@pytest.mark.parametrize("settings", [{"workers": 0}, {"updates": 0}, {"stop_at_target": True}])
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError, match="workers must|target"):
        RlAsynchronous(**settings)
