import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from shoestring.core import checkpoint
from shoestring.core.errors import ConfigError, InterruptedRunError
from shoestring.core.folder import RunFolder
from shoestring.core.ledger import Budget
from shoestring.core.run import Run
from tests.core.job import train

JOB = Path(__file__).with_name("job.py")


@pytest.fixture
def folder(tmp_path):
    return new_folder(tmp_path)


def new_folder(root):
    return RunFolder.create(root, "job", "", {})


def bits(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


@pytest.mark.parametrize("stop_at", [1, 6, 7, 24])
def test_a_resumed_run_equals_an_unbroken_one_bit_for_bit(tmp_path, stop_at):
    unbroken, broken = new_folder(tmp_path), new_folder(tmp_path)
    with Run(unbroken, seed=5, quiet=True) as run:
        expected = bits(train(run, 25))
    message = f"stopped after step {stop_at} of 25; resume with"
    with pytest.raises(InterruptedRunError, match=message), Run(broken, seed=5, quiet=True) as run:
        train(run, 25, stop_at=stop_at)
    assert broken.info()["status"] == "interrupted"
    torch.rand(100)
    with Run(broken, seed=5, quiet=True) as run:
        got = bits(train(run, 25))
    assert all(torch.equal(got[name], expected[name]) for name in expected)
    assert broken.metrics()["loss"] == unbroken.metrics()["loss"]
    assert broken.spent() == unbroken.spent() == {"labels": 200}
    assert broken.info()["status"] == "done" and broken.info()["attempt"] == 2


def test_a_budget_ends_the_run_exactly_and_forces_the_last_evaluation(folder):
    evaluated = []
    with Run(folder, seed=1, budgets=[Budget("labels", 40)], quiet=True) as run:
        for step in run.steps(1000):
            run.spend("labels", 8)
            if run.due("eval", 100):
                evaluated.append(step)
    assert evaluated == [5] and folder.spent() == {"labels": 40}
    assert folder.info()["status"] == "budget" and folder.summary()["step"] == 5


def test_a_step_can_end_at_the_budget_exactly(folder):
    with Run(folder, seed=1, budgets=[Budget("labels", 20)], quiet=True) as run:
        for _ in run.steps(1000):
            run.spend("labels", run.afford("labels", 8))
        assert run.step == 3 and run.afford("bytes", 8) == 8
    assert folder.spent() == {"labels": 20}


def test_what_was_spent_before_a_crash_stays_spent(folder):
    with pytest.raises(RuntimeError), Run(folder, seed=1, quiet=True) as run:
        for _ in run.steps(10):
            run.spend("labels", 3)
            raise RuntimeError("bug")
    assert folder.info()["status"] == "failed" and "RuntimeError: bug" in (folder.path / "log.txt").read_text()
    with Run(folder, seed=1, quiet=True) as run:
        assert run.step == 0
        for _ in run.steps(1):
            run.spend("labels", 3)
    assert folder.spent() == {"labels": 6}


def test_two_writers_are_refused(folder):
    with Run(folder, seed=1, quiet=True), pytest.raises(ConfigError, match="another process is writing"):
        Run(folder, seed=1, quiet=True)
    with Run(folder, seed=1, quiet=True):
        pass


def test_a_damaged_checkpoint_is_left_for_the_one_before(folder):
    with Run(folder, seed=1, quiet=True) as run:
        for step in run.steps(4):
            if step in (2, 3):
                run.save()
    newest = folder.path / "checkpoints" / "step_000004"
    (newest / "rng.safetensors").write_bytes(b"\xff" * 100)
    with Run(folder, seed=1, quiet=True) as run:
        assert run.step == 3
    assert "went back to step 3" in (folder.path / "log.txt").read_text()


def test_summary_and_data_are_recorded(folder):
    with Run(folder, seed=1, quiet=True) as run:
        run.data("train", path="pens", rows=3, sha256="00", licence="MIT")
        for step in run.steps(2):
            run.log(step, loss=torch.tensor(float("inf")), eer=0.1 * step)
        run.summarise(eer={"value": 0.2, "low": 0.1, "high": 0.3}, best=float("inf"))
        model = run.save_model(lambda path: (path / "w").write_text("1") and None)
    assert folder.summary()["metrics"] == {"eer": {"value": 0.2, "low": 0.1, "high": 0.3}, "best": None}
    assert folder.summary()["last"] == {"eer": 0.2} and model == folder.path / "model"
    assert json.loads((folder.path / "data.json").read_text())["train"]["rows"] == 3
    assert "torch" in json.loads((folder.path / "env.json").read_text())["packages"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_finishes_the_step_and_saves(folder, number, code):
    # A shell that starts the tests in the background ignores SIGINT, so nothing is assumed of what was there before.
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(InterruptedRunError) as caught, Run(folder, seed=1, quiet=True) as run:
        for step in run.steps(10):
            if step == 3:
                signal.raise_signal(number)
            run.log(step, loss=step)
    assert caught.value.exit_code == code
    assert checkpoint.load_newest(folder.path / "checkpoints")[0] == 3
    assert [step for step, _ in folder.metrics()["loss"]] == [1, 2, 3]
    assert signal.getsignal(signal.SIGINT) is before


def test_kill_at_random_moments_leaves_a_folder_that_resumes_to_the_same_end(tmp_path):
    steps, kills = 2_000, 55
    unbroken, killed = new_folder(tmp_path), new_folder(tmp_path)
    with Run(unbroken, seed=5, quiet=True) as run:
        expected = bits(train(run, steps))
    # A process of its own: forking one that has run PyTorch's threads or pytest's is not safe.
    words = [str(steps), str(kills), str(torch.get_num_threads())]
    done = subprocess.run([sys.executable, JOB, killed.path, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert killed.info()["attempt"] >= kills and killed.info()["status"] != "done"
    assert checkpoint.load_newest(killed.path / "checkpoints")[0] > 0
    with Run(killed, seed=5, quiet=True) as run:
        got = bits(train(run, steps))
    assert all(torch.equal(got[name], expected[name]) for name in expected)
    assert killed.metrics()["loss"] == unbroken.metrics()["loss"]
    assert killed.spent()["labels"] >= unbroken.spent()["labels"]
