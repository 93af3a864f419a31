"""``shoestring train``, also as a real process where signals, streams and disks matter."""

import json
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from shoestring.core.folder import RunFolder, list_runs
from shoestring.core.ledger import BUDGET_KINDS

REPOSITORY = Path(__file__).parents[2]


def process(*words, **settings):
    """The program as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cli.program", *map(str, words)], cwd=REPOSITORY, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings,
    )  # fmt: skip


def test_a_run_says_what_it_does_and_what_came_out(shell, preset):
    done = shell("train", preset, "rows=32", "--seed", 4)
    run = list_runs(shell.runs)[0]
    assert run.info()["seed"] == 4 and run.info()["overrides"] == ["rows=32"] and run.info()["preset"] == str(preset)
    error = run.summary()["metrics"]["error"]["value"]
    assert done.stdout.splitlines()[0] == f"{run.id}  done" and f"{error:.4g}" in done.stdout
    assert "labels 160" in done.stdout and "(the model)" in done.stdout
    assert done.stderr.startswith(f"run     {run.id}\nfolder  {run.path}\n")
    assert f"next: shoestring evaluate {run.path} --data PATH\n      shoestring report {run.path}" in done.stderr


def test_json_and_quiet(shell, preset):
    document = shell.json("train", preset)
    assert document["status"] == "done" and document["metrics"]["error"]["low"] is not None
    assert Path(document["model"]).is_dir() and document["spent"] == {"labels": 160}
    assert shell("train", preset, "--quiet").stderr == ""


def test_print_config_names_the_source_of_each_value(shell, preset, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOESTRING_EVAL_EVERY", "5")
    text = shell("train", preset, "noise.scale=0.1", "--print-config").stdout
    assert f"steps = 20  # {preset}" in text and "eval_every = 5  # environment" in text
    assert "scale = 0.1  # command line" in text and "rows = 64  # default" in text
    assert tomllib.loads(text)["recipe"] == "logistic" and not shell.runs.exists()
    (tmp_path / "again.toml").write_text(text)
    monkeypatch.delenv("SHOESTRING_EVAL_EVERY")
    again = shell.json("train", tmp_path / "again.toml", "--print-config")
    assert again["config"]["eval_every"] == 5 and again["config"]["noise"]["scale"] == 0.1


def test_dry_run_checks_and_writes_nothing(shell, preset):
    plan = shell.json("train", preset, "--seeds", 3, "--seed", 5, "--budget", "labels=1e3", "--dry-run")
    assert plan["seeds"] == [5, 6, 7] and plan["budgets"] == {"labels": 1000} and not shell.runs.exists()
    shell("train", preset, "stesp=3", "--dry-run", code=2)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["bromley1992"], 3, "no preset 'bromley1992'; did you mean 'bromley1993'?"),
        (["logistic"], 3, "'logistic' is a recipe; train one of its presets"),
        (["{preset}", "stesp=3"], 2, "command line stesp: unknown key 'stesp'; did you mean 'steps'?"),
        (["{preset}", "steps=many"], 2, "steps: 'many'"),
        (["{preset}", "--budget", "dollars=3"], 2, "unknown kind 'dollars'"),
        (["{preset}", "--seed", "-1"], 2, "--seed"),
        (["{preset}", "data=/nowhere"], 5, "/nowhere: no such file"),
        ([], 2, "give a PRESET to train"),
        (["{preset}", "--from", "latest"], 2, "give a PRESET to train, or --from"),
        (["--resume", "latest"], 3, "no run 'latest'"),
        (["--resume", "latest", "steps=4"], 2, "steps=4 cannot be given with --resume"),
        (["--resume", "latest", "--seed", "3"], 2, "--seed cannot be given with --resume"),
        (["--from", "latest", "--config", "x.toml"], 2, "--config cannot be given with --from"),
        (["{preset}", "--config", "/nowhere.toml"], 2, "/nowhere.toml"),
    ],
)
def test_errors_name_the_value_and_the_next_action_and_have_their_code(shell, preset, words, code, message):
    words = [word.format(preset=preset) for word in words]
    failed = shell("train", *words, code=code)
    assert message in failed.stderr and failed.stdout == "" and "Traceback" not in failed.stderr
    document = shell.json("train", *words, code=code)
    assert message in document["error"]["message"] and document["error"]["code"] == code


def test_a_wrong_key_in_a_file_is_named_with_its_line(shell, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('recipe = "logistic"\n\n[noise]\nkind = "noise"\nscael = 1\n')
    assert f"{path}:5 noise.scael: unknown key" in shell("train", path, code=2).stderr


def test_a_used_up_budget_ends_with_six_and_more_budget_continues(shell, preset):
    spent = shell("train", preset, "--budget", "labels=40", code=6)
    run = list_runs(shell.runs)[0]
    assert "the budget was used up (labels 40)" in spent.stderr and run.info()["status"] == "budget"
    shell("train", "--resume", "latest", code=6)
    assert run.info()["attempt"] == 1, "nothing to do is not an attempt"
    shell("train", "--resume", run.id, "--budget", "labels=1000")
    assert run.spent() == {"labels": 160} and run.info()["status"] == "done"
    assert "labels 1,000 (40 spent)" in (run.path / "log.txt").read_text()


def test_from_repeats_bit_for_bit_and_takes_changes(shell, preset):
    first = RunFolder(Path(shell.json("train", preset, "--seed", 9)["path"]))
    again = RunFolder(Path(shell.json("train", "--from", first.id)["path"]))
    assert again.metrics() == first.metrics() and again.config_text() == first.config_text()
    weights = [(run.path / "model" / "model.safetensors").read_bytes() for run in (first, again)]
    assert weights[0] == weights[1]
    other = shell.json("train", "--from", first.id, "rows=16", "--seed", 2, "--dry-run")
    assert other["config"]["rows"] == 16 and other["seed"] == 2


def test_a_finished_run_is_shown_and_not_run_again(shell, preset):
    shell("train", preset)
    again = shell("train", "--resume", "latest")
    assert "is finished; repeat it with: shoestring train --from" in again.stderr and "done" in again.stdout


def test_a_sweep_has_a_median_and_says_what_one_seed_is_worth(shell, preset):
    done = shell("train", preset, "--seeds", 2)
    assert "labels 320" in done.stdout and "median of 2 seeds" in done.stderr and "50%" in done.stderr
    sweep = shell.json("train", "--from", "latest")
    assert sweep["kind"] == "sweep" and len(sweep["runs"]) == 2, "latest is the sweep, and it is repeated as one"
    assert "only one seed" in shell("train", preset, "--seeds", 1).stderr


def test_budget_kinds_are_those_of_the_ledger(shell):
    assert all(kind in shell("train", "--help").stdout for kind in BUDGET_KINDS)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_checkpoints_and_the_resumed_run_equals_an_unbroken_one(shell, preset, number):
    program = process("train", preset, "steps=60", "pause=0.03", "--json", "--out", shell.runs)
    for _ in range(4000):
        runs = list_runs(shell.runs)
        if runs and runs[0].metrics(["loss"]).get("loss"):
            break
        time.sleep(0.05)
    program.send_signal(number)
    stdout, stderr = program.communicate(timeout=300)
    run = runs[0]
    assert program.returncode == 128 + number and json.loads(stdout)["error"]["code"] == 128 + number
    assert f"resume with: shoestring train --resume {run.path}" in stderr and "Traceback" not in stderr
    assert run.info()["status"] == "interrupted" and 0 < run.summary()["step"] < 60
    shell("train", "--resume", run.path)
    unbroken = RunFolder(Path(shell.json("train", preset, "steps=60")["path"]))
    assert run.metrics() == unbroken.metrics() and run.summary()["metrics"] == unbroken.summary()["metrics"]
    assert run.spent() == unbroken.spent()


def test_a_failure_shows_no_traceback_and_keeps_it(shell, preset):
    program = process("train", preset, "fail_at=3", "--out", shell.runs)
    _, stderr = program.communicate(timeout=300)
    run = list_runs(shell.runs)[0]
    assert program.returncode == 1 and "Traceback" not in stderr
    assert "error: ValueError: the loss is not finite" in stderr
    assert f"the log of the run is {run.path / 'log.txt'}" in stderr
    assert "Traceback" in (run.path / "log.txt").read_text()
    assert "Traceback" in shell("train", preset, "fail_at=3", "--debug", code=1).stderr


def test_a_reader_that_leaves_is_no_error(shell, preset):
    code = f"{sys.executable} -m tests.cli.program train {preset} --quiet --out {shell.runs} | true"
    script = ["bash", "-c", f"set -o pipefail; {code}"]
    done = subprocess.run(script, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.stderr == "" and done.returncode in (0, 1)
    assert list_runs(shell.runs)[0].info()["status"] == "done"


def test_a_folder_that_cannot_be_written_is_refused(shell, preset, tmp_path):
    (tmp_path / "file").write_text("")
    failed = shell("train", preset, "--out", tmp_path / "file" / "runs", code=2)
    assert "choose a folder that can be written with --out" in failed.stderr
    assert "is a file" in shell("train", preset, "--out", tmp_path / "file", code=2).stderr


def mounted(place, options):
    """A small file system of its own at ``place``, for as long as the test takes."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system needs root and its permission")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def read_only(tmp_path):
    yield from mounted(tmp_path / "disk", "size=1m,ro")


@pytest.fixture
def small_disk(tmp_path):
    yield from mounted(tmp_path / "disk", "size=1m")


def test_a_read_only_folder_is_refused_without_a_traceback(shell, preset, read_only):
    failed = shell("train", preset, "--out", read_only, code=2)
    assert "Read-only file system; choose a folder that can be written with --out" in failed.stderr
    assert shell.json("train", preset, "--out", read_only / "new", code=2)["error"]["type"] == "Config"


def test_a_full_disk_is_named_and_the_run_goes_on_when_there_is_room(shell, preset, small_disk):
    ballast = small_disk / "ballast"
    program = process("train", preset, "steps=300", "pause=0.01", "--out", small_disk)
    for _ in range(4000):
        runs = list_runs(small_disk)
        if runs and (runs[0].path / "metrics.jsonl").exists():
            break
        time.sleep(0.05)
    with ballast.open("wb", buffering=0) as stream, pytest.raises(OSError, match="No space"):
        while True:
            stream.write(b"x" * 4096)
    _, stderr = program.communicate(timeout=300)
    assert program.returncode == 1 and "No space left on device" in stderr and "Traceback" not in stderr
    ballast.unlink()
    run = runs[0]
    shell("train", "--resume", run.path)
    unbroken = RunFolder(Path(shell.json("train", preset, "steps=300")["path"]))
    assert run.metrics() == unbroken.metrics()


def test_what_to_do_next_fits_the_model(tmp_path):
    from shoestring.cli.training import next_command

    (tmp_path / "model").mkdir()
    assert next_command(RunFolder(tmp_path)) == f"shoestring compare {tmp_path}"
    for kind, words in {
        "verifier": "--data PATH",
        "policy": "watch",
        "board-policy": "play",
        "language-model": "compare",
    }.items():
        (tmp_path / "model" / "shoestring.json").write_text(f'{{"kind": "{kind}"}}')
        assert words in next_command(RunFolder(tmp_path))
