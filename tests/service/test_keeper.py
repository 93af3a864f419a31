import os
import signal
import subprocess
import sys
import time

import psutil

from shoestring.service import keeper

PATIENT = """
import time
try:
    print("on", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    print("saved")
"""
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def start(tmp_path, code: str, *arguments: str, grace: float = 30.0) -> "subprocess.Popen[str]":
    (tmp_path / "program_under_test.py").write_text(code)
    run = (
        f"import sys; from shoestring.service import keeper; keeper.watch.__defaults__ = ({grace},); "
        f"sys.argv = ['keeper', 'program_under_test', *{list(arguments)!r}]; keeper.main()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", run], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip


def test_the_program_gets_its_arguments_and_gives_its_exit_code(tmp_path):
    process = start(tmp_path, "import sys; print(sys.argv[1:], sys.stdin.read() == ''); sys.exit(7)", "a", "--b=1")
    assert process.stdout.readline().strip() == "['a', '--b=1'] True"
    assert process.wait(120) == 7
    process.communicate()


def test_the_end_of_the_lifeline_interrupts_the_program(tmp_path):
    process = start(tmp_path, PATIENT)
    assert process.stdout.readline() == "on\n"
    assert process.communicate(timeout=120)[0] == "saved\n"


def test_a_server_in_the_background_of_a_script_ends_its_runs_in_order_too(tmp_path):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = start(tmp_path, PATIENT)
    signal.signal(signal.SIGINT, before)
    assert process.stdout.readline() == "on\n"
    assert process.communicate(timeout=120)[0] == "saved\n"


def test_a_program_that_does_not_end_is_killed_with_what_it_started(tmp_path):
    process = start(tmp_path, STUBBORN, grace=0.3)
    child = int(process.stdout.readline())
    process.stdin.close()
    assert process.wait(120) == -9
    process.stdout.close()
    process.stderr.close()
    deadline = time.monotonic() + 120
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the child lives on"
        time.sleep(0.05)


def test_the_grace_is_long_enough_to_save():
    assert keeper.GRACE_SECONDS >= 20
