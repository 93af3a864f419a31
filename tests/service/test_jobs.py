import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from shoestring.core.errors import ConfigError, NotFoundError
from shoestring.core.folder import RunFolder
from shoestring.service.errors import ApiError
from shoestring.service.jobs import Jobs

PRESET = '# Clouds.\nrecipe = "logistic"\nsteps = 100000\npause = 0.005\n'


@pytest.fixture
def environment(tmp_path, monkeypatch):
    path = tmp_path / "clouds.toml"
    path.write_text(PRESET)
    monkeypatch.setenv("TEST_PRESET", str(path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    monkeypatch.setenv("SHOESTRING_TOKEN", "t" * 32)
    return tmp_path / "runs"


@pytest.fixture
def jobs(environment):
    started = Jobs(environment, at_most=1, stop_seconds=30, program="tests.service.program")
    yield started
    started.close()


def until(condition, seconds=240.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


def status(run: RunFolder) -> str:
    return run.info()["status"]


def test_a_run_is_started_stopped_and_resumed(jobs, environment):
    run = RunFolder(environment / jobs.train("clouds", ["rows=32"], seed=3, budgets={"labels": 10**9}))
    assert run.info()["seed"] == 3 and "rows = 32" in run.config_text() and jobs.running == 1 and jobs.owns(run.id)
    process = psutil.Process(jobs._jobs[0].process.pid)
    assert "SHOESTRING_TOKEN" not in process.environ()
    until(run.metrics)
    run.request_stop()
    until(lambda: status(run) == "interrupted" and jobs.running == 0)
    reached = run.summary()["step"]
    assert jobs.resume(run.id) == run.id
    until(lambda: run.info()["attempt"] == 2 and status(run) == "running")
    until(lambda: max(step for step, _ in run.metrics()["loss"]) > reached)
    with pytest.raises(ApiError) as refusal:
        jobs.train("clouds")
    assert refusal.value.status == 429 and refusal.value.headers["Retry-After"]
    # The end of the server: every run saves, and no process is left.
    processes = [psutil.Process(job.process.pid) for job in jobs._jobs]
    jobs.close()
    assert not any(process.is_running() for process in processes)
    assert {status(found) for found in map(RunFolder, environment.iterdir())} == {"interrupted"}
    assert run.summary()["step"] > reached


def test_what_the_command_line_refuses_is_refused_in_its_words(jobs, environment):
    with pytest.raises(ConfigError, match="stepz"):
        jobs.train("clouds", ["stepz=3"])
    with pytest.raises(NotFoundError, match="no preset 'cloudz'"):
        jobs.train("cloudz")
    for overrides in (["--help"], ["-x=1"], ["steps"], ["a\nb=1"], ["x=" + "y" * 1001]):
        with pytest.raises(ConfigError, match="KEY=VALUE"):
            jobs.train("clouds", overrides)
    with pytest.raises(NotFoundError, match="no run"):
        jobs.resume("nothing")
    assert jobs.running == 0 and not (environment.exists() and list(environment.iterdir()))


def test_a_server_that_is_killed_takes_its_runs_with_it(environment, tmp_path):
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom shoestring.service.jobs import Jobs\n"
        f"jobs = Jobs(Path({str(environment)!r}), 2, 30, program='tests.service.program')\n"
        "run = jobs.train('clouds')\nprint(run, jobs._jobs[0].process.pid, flush=True)\ntime.sleep(600)\n"
    )
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    run, pid = server.stdout.readline().split()
    folder, child = RunFolder(environment / run), psutil.Process(int(pid))
    until(folder.metrics)
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    server.stdout.close()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    until(lambda: status(folder) == "interrupted")
    assert list((folder.path / "checkpoints").iterdir())
