"""Runs of several real processes: whatever kills one, the run goes on, or ends with a reason and a checkpoint."""

import signal
import subprocess
import threading
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import shoestring
from shoestring.core import checkpoint
from shoestring.core.errors import ConfigError, InterruptedRunError, ShoestringError
from shoestring.recipes import RECIPES
from shoestring.recipes.launching import launch_run
from shoestring.recipes.training import create, plan
from tests.recipes.faces import TINY as FACES
from tests.recipes.launched import alive, job, start, wait
from tests.recipes.test_signature_groups import SMALL as SIGNATURES
from tests.recipes.texts import small_bert

slow = pytest.mark.slow


def checkpoints(folder):
    return [int(path.name.removeprefix("step_")) for path in (folder.path / "checkpoints").glob("step_*")]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    folder = create(job(), tmp_path_factory.mktemp("runs"))
    return launch_run(folder, 2, quiet=True)


@pytest.fixture
def bert(tmp_path):
    folder = tmp_path / "bert"
    folder.mkdir()
    return small_bert(folder)


def test_two_processes_train_one_run_and_only_one_writes(unbroken):
    assert unbroken.info()["status"] == "done" and unbroken.info()["attempt"] == 1
    assert unbroken.summary()["step"] == 40
    # 40 steps of two workers with 16 pairs each.
    assert unbroken.spent()["comparisons"] == 40 * 32
    # What is remembered is collected once, for the checkpoint at the end.
    assert 0 < unbroken.spent()["bytes"] < (40 * 2 * 634 * 4) / 2
    losses = unbroken.metrics(["loss"])["loss"]
    assert [step for step, _ in losses] == list(range(1, 41))
    assert shoestring.load(unbroken.path).matcher.kind == "gaussian-signer"
    assert "conservation" not in unbroken.summary()["last"]
    assert alive(unbroken) == []


def test_a_recipe_without_gradients_is_refused(tmp_path):
    folder = create(plan("signature-dtw", ["data=synthetic:7"]), tmp_path)
    with pytest.raises(ConfigError, match="launch one of: .*signature-groups, signature-pairs"):
        launch_run(folder, 2)


ALONE = {"rl-self-play", "taught-pairs"}
"""Loops whose gradients take a moment beside what they wait for: games, and a person's answers."""


def test_every_loop_that_calls_backward_shares_its_gradients():
    for name, entry in RECIPES.items():
        if name in ALONE:
            continue
        source = Path(find_spec(entry.module).origin).read_text()
        trained = "backward" in source
        assert hasattr(entry.component(), "compress") == trained == ("workers.reduce()" in source), name


@slow
@pytest.mark.parametrize(
    ("preset", "settings"),
    [
        ("signature-modern", SIGNATURES),
        ("face-arcface", [*FACES, "batch.identities=3", "batch.genuine=3"]),
        ("face-contrastive", [*FACES, "batch_size=4"]),
        ("text-static", ["epochs=1", "batches.rows=128"]),
        ("text-cross", ["epochs=1", "batches.rows=128"]),
        ("text-words", ["steps=6", "batches.rows=16", "width=16", "layers=1", "vocabulary=300"]),
        ("powersgd-words", ["steps=6", "eval_every=3", "words=100", "hidden=8"]),
        (
            "powersgd-images",
            [
                "images=60",
                "test_images=10",
                "side=8",
                "width=8",
                "blocks=[1, 1]",
                "batch_size=2",
                "steps=6",
                "eval_every=3",
                "buckets=2",
            ],
        ),
    ],
)
def test_recipes_of_every_area_are_trained_by_two_processes(preset, settings, tmp_path, bert):
    settings = [*settings, *([f"encoder.model={bert}"] if preset == "text-cross" else [])]
    folder = create(plan(preset, [*settings, "compress.kind=powersgd", "compress.rank=1"]), tmp_path)
    launch_run(folder, 2, quiet=True)
    assert folder.info()["status"] == "done" and folder.spent()["bytes"] > 0
    assert np.isfinite([value for _, value in folder.metrics(["loss"])["loss"]]).all()
    assert shoestring.load(folder.path) is not None


@slow
@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_worker_restarts_and_the_run_goes_on(tmp_path, victim):
    folder = create(job("steps=100000", "eval_every=100000"), tmp_path)
    with start(folder, 2, save_every=1) as launcher:
        wait(lambda: checkpoints(folder))
        # The owner is the one that holds the metrics file or the lock; the ranks are in the environment.
        chosen = [process for process in alive(folder) if process.environ().get("RANK") == str(victim)]
        chosen[0].kill()
        wait(lambda: folder.info()["attempt"] == 2)
        # Checkpoints are written again, by the second attempt.
        before = max(checkpoints(folder))
        wait(lambda: checkpoints(folder) and max(checkpoints(folder)) > before)
        launcher.send_signal(signal.SIGTERM)
        assert launcher.wait(300) in (130, 143)
    assert folder.info()["status"] == "interrupted"
    wait(lambda: alive(folder) == [])
    assert checkpoint.load_newest(folder.path / "checkpoints") is not None


@slow
def test_another_number_of_workers_goes_on_where_the_first_stopped(tmp_path):
    folder = create(job("steps=100000", "eval_every=100000"), tmp_path)
    for workers in (3, 2):
        with start(folder, workers, save_every=1) as launcher:
            before = max(checkpoints(folder), default=0)
            wait(lambda before=before: max(checkpoints(folder), default=0) > before)
            folder.request_stop()
            assert launcher.wait(300) == 130
    step = max(checkpoints(folder))
    residual = checkpoint.load_newest(folder.path / "checkpoints")[1]["workers"]["residual"]
    assert residual and all(tensor.isfinite().all() for tensor in residual.values())
    folder.update(budgets={"comparisons": folder.spent()["comparisons"] + 16 * 5})
    shoestring.train(resume=folder, quiet=True)
    assert folder.info()["status"] == "budget" and folder.summary()["step"] == step + 5


@slow
def test_a_budget_of_bytes_ends_the_run_on_all_workers(tmp_path):
    folder = create(job(), tmp_path)
    folder.update(budgets={"bytes": 5_000})
    # One checkpoint, at the end: what both remember of 634 weights is collected for it, and charged.
    launch_run(folder, 2, save_every=1e6, quiet=True)
    steps, last = folder.spent()["bytes"] - 2 * 634 * 4, folder.summary()["step"]
    assert folder.info()["status"] == "budget" and last < 40
    assert 5_000 <= steps < 5_000 + steps / last


@slow
def test_a_full_disk_ends_with_its_reason_and_the_checkpoint_before(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk], check=False, capture_output=True
    ).returncode:
        pytest.skip("a small file system can only be mounted by root")
    try:
        folder = create(job("steps=100000", "eval_every=100000"), disk)
        filler = disk / "filler"

        def fill() -> None:
            wait(lambda: checkpoints(folder))
            with filler.open("wb", buffering=0) as stream:
                while True:
                    try:
                        stream.write(b"x" * 4096)
                    except OSError:
                        return

        thread = threading.Thread(target=fill)
        thread.start()
        with pytest.raises(ShoestringError, match="No space left"):
            launch_run(folder, 2, save_every=1, quiet=True)
        thread.join()
        filler.unlink()
        assert checkpoint.load_newest(folder.path / "checkpoints")[0] > 0
        wait(lambda: alive(folder) == [])
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


@slow
def test_a_stop_signal_is_answered_by_all_after_a_common_step(tmp_path):
    folder = create(job("steps=100000", "eval_every=100000"), tmp_path)

    def stop() -> None:
        wait(lambda: folder.metrics(["loss"]))
        folder.request_stop()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(InterruptedRunError, match="stopped after step"):
        launch_run(folder, 2, save_every=1e6, quiet=True)
    thread.join()
    assert checkpoints(folder) == [folder.summary()["step"]]
    assert alive(folder) == []
