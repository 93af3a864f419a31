"""Training runs started from here: processes of the command line, none of which outlives the server unasked."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.core.ledger import BudgetKind
from shoestring.service.errors import ApiError
from shoestring.service.keeper import GRACE_SECONDS

STARTED = re.compile(r"^(?:run|sweep) +([A-Za-z0-9][\w.-]*)\s", re.MULTILINE)
OVERRIDE = re.compile(r"[A-Za-z_][\w.-]*=[^\x00-\x1f]{0,1000}", re.ASCII)
EXIT_ERRORS = {2: ConfigError, 3: NotFoundError, 5: BadDataError}
START_SECONDS = 60.0
SECRETS = ("SHOESTRING_TOKEN", "SHOESTRING_READ_TOKEN", "SHOESTRING_DATABASE")
"""Not for training processes."""


@dataclass(frozen=True)
class Job:
    """One process and the file that it talks to: a pipe would break, and the run with it, when the server is killed."""

    process: "subprocess.Popen[bytes]"
    log: int
    """Descriptor."""

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def run(self) -> str | None:
        """The id of the run, once the process has said it."""
        found = STARTED.search(os.pread(self.log, 65536, 0).decode(errors="replace"))
        return found.group(1) if found else None

    def last_words(self) -> str:
        """The end of what the process said, in one line."""
        size = os.fstat(self.log).st_size
        text = os.pread(self.log, 2048, max(0, size - 2048)).decode(errors="replace")
        return " ".join(text.split())[-500:]

    def close(self) -> None:
        """Let go of the process and its file."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        os.close(self.log)


class Jobs:
    """Starts ``shoestring train``, a few at a time."""

    def __init__(self, root: Path, at_most: int, stop_seconds: float, *, program: str = "shoestring") -> None:
        """``program`` is the module of the command line."""
        self.program = program
        self.root, self.at_most, self.stop_seconds = root, at_most, min(stop_seconds, GRACE_SECONDS)
        self._jobs: list[Job] = []
        self._lock = threading.Lock()

    @property
    def running(self) -> int:
        """Processes that have not ended."""
        return sum(job.alive for job in self._jobs)

    def owns(self, run: str) -> bool:
        """Whether ``run`` is being written by a process of ours."""
        return any(job.run == run and job.alive for job in self._jobs)

    def train(
        self, preset: str, overrides: Sequence[str] = (), *, seed: int | None = None, seeds: int | None = None,
        budgets: Mapping[BudgetKind, int] | None = None,
    ) -> str:  # fmt: skip
        """Start a run and return its id, once it is known.

        Raises:
            NotFoundError, ConfigError, BadDataError: what the command line says about the arguments.
            ApiError: 429 with too many runs going.
        """
        if not re.fullmatch(r"[A-Za-z0-9][\w-]{0,100}", preset, re.ASCII):
            # A preset may be the path of a file on the command line. From a network it may not.
            raise NotFoundError(f"no preset {preset[:80]!r}; see GET /v1/presets")
        for override in overrides:
            if not OVERRIDE.fullmatch(override):
                raise ConfigError(f"override {override[:80]!r}: write KEY=VALUE")
        options = [f"--budget={kind}={amount}" for kind, amount in (budgets or {}).items()]
        options += [f"--seed={seed}"] if seed is not None else []
        options += [f"--seeds={seeds}"] if seeds is not None else []
        return self._start(["train", *options, "--", preset, *overrides])

    def resume(self, run: str) -> str:
        """Continue a run. Errors as for :meth:`train`."""
        return self._start(["train", f"--resume={run}"])

    def close(self) -> None:
        """Let every run save and end, then make sure that it did."""
        for job in self._jobs:
            job.process.stdin.close()  # type: ignore[union-attr]
        deadline = time.monotonic() + self.stop_seconds
        for job in self._jobs:
            try:
                job.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                # The process leads a group of its own, with whatever it started.
                os.killpg(job.process.pid, signal.SIGKILL)
                job.process.wait()
            job.close()
        self._jobs = []

    def _start(self, arguments: list[str]) -> str:
        with self._lock:
            for job in self._jobs:
                if not job.alive:
                    job.close()
            self._jobs = [job for job in self._jobs if job.alive]
            if len(self._jobs) >= self.at_most:
                raise ApiError(
                    429, f"{self.at_most} runs are going already; stop one or wait", "too_many_runs", retry_after=30
                )
            environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
            environment |= {"SHOESTRING_RUNS": str(self.root), "NO_COLOR": "1"}
            log = _unnamed_file()
            process = subprocess.Popen(
                [sys.executable, "-m", "shoestring.service.keeper", self.program, *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log, env=environment, start_new_session=True,
            )  # fmt: skip
            job = Job(process, log)
            self._jobs.append(job)
        return self._started(job)

    def _started(self, job: Job) -> str:
        """Wait for the id of the run, or raise what kept it from starting."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            # Asked before the log is read: what a process says before it ends is then never missed.
            alive = job.alive
            if (run := job.run) is not None:
                return run
            if not alive:
                code, said = job.process.wait(), job.last_words().removeprefix("error: ")
                raise EXIT_ERRORS.get(code, ConfigError)(said or f"the training process ended with code {code}")
            time.sleep(0.05)
        raise ApiError(
            503, "the run takes unusually long to start; look for it in the list", "slow_start", retry_after=10
        )


def _unnamed_file() -> int:
    descriptor, name = tempfile.mkstemp()
    Path(name).unlink()
    return descriptor
