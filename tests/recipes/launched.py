"""A small run for several processes, and those processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from shoestring.core.folder import RunFolder
from shoestring.recipes.training import Job, plan

SMALL = [
    "data=synthetic:7", "steps=40", "batch_size=16", "eval_every=20", "split.validation=2", "validation_pairs=64",
    "compress.kind=powersgd", "compress.rank=1",
]  # fmt: skip


def job(*more: str) -> Job:
    """The smallest network, compressed."""
    return plan("bromley1993-compact", [*SMALL, *more])


@contextmanager
def start(folder: RunFolder, workers: int, save_every: float) -> "Iterator[subprocess.Popen[bytes]]":
    """The command line in a process of its own, which ends with the test, and its workers with it."""
    command = [
        sys.executable, "-m", "shoestring", "launch", "--procs", str(workers), "train", "--resume", str(folder.path),
        "--save-every", str(save_every), "--quiet",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], env=os.environ, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def alive(folder: RunFolder) -> list[psutil.Process]:
    """The workers of a run that have not ended."""
    found = []
    for process in psutil.process_iter():
        try:
            if "shoestring.recipes.launching" in process.cmdline() and str(folder.path) in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def wait(condition: Callable[[], object], seconds: float = 600.0) -> None:
    """Wait until ``condition`` holds, however slow the machine is."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
