import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from torch import distributed as dist

from shoestring.core.errors import ShoestringError
from shoestring.distributed.launch import end_now, environment, is_connection_failure, launch, report_outcome

ROOT = Path(__file__).resolve().parents[2]


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def wait(condition, seconds=120.0):
    """Wait until ``condition`` holds, however slow the machine is."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def test_the_first_reason_counts(tmp_path):
    outcome = tmp_path / "outcome.json"
    report_outcome(outcome, "the disk is full", 5)
    report_outcome(outcome, "the others are gone", 1)
    assert outcome.read_text() == '{"message": "the disk is full", "code": 5}'


def test_a_lost_link_is_told_from_a_defect():
    assert is_connection_failure(RuntimeError("[/gloo/transport/tcp/pair.cc:538] Connection closed by peer"))
    assert is_connection_failure(dist.DistNetworkError("x")) and is_connection_failure(ConnectionResetError())
    assert not is_connection_failure(ValueError("connection")) and not is_connection_failure(RuntimeError("shape"))


def test_variables_are_given_and_taken_back(monkeypatch):
    monkeypatch.setenv("SHOE_GIVEN", "1")
    with environment({"SHOE_GIVEN": "2", "SHOE_NEW": "3"}):
        assert (os.environ["SHOE_GIVEN"], os.environ["SHOE_NEW"]) == ("1", "3")
    assert "SHOE_NEW" not in os.environ and os.environ["SHOE_GIVEN"] == "1"


def test_a_worker_that_reports_ends_all_with_its_message_and_one_that_dies_is_started_again(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(ShoestringError, match="worker 0 tried 2 times") as error:
        launch("tests.distributed.dying_worker", [str(tmp_path)], 2, restarts=2)
    assert error.value.exit_code == 5
    # Each was started twice: worker 1 killed itself the first time.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0-0", "0-1", "1-0", "1-1"]


def test_an_end_at_once_keeps_what_was_written_and_takes_nothing_down():
    code = f"""
import atexit
from shoestring.distributed.launch import {end_now.__name__}
atexit.register(print, "taken down")
print("written", end="")
{end_now.__name__}(3)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "written")


@pytest.mark.slow
def test_no_worker_outlives_a_launcher_that_is_killed(tmp_path):
    arguments = ["tests.distributed.dying_worker", [str(tmp_path), "stay"], 2]
    code = f"from shoestring.distributed.launch import launch; launch(*{arguments!r})"
    launcher = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    wait(lambda: len(list(tmp_path.glob("pid-*"))) == 2)
    workers = [int(path.name.removeprefix("pid-")) for path in tmp_path.glob("pid-*")]
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    wait(lambda: all(gone(pid) for pid in workers), 60)
