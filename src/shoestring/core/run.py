"""A run: the step iterator over a run folder, and the only training machinery that recipes share."""

import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import numpy as np
import torch
from filelock import FileLock, Timeout
from torch import Tensor

from shoestring.core import checkpoint
from shoestring.core.device import DeviceName, choose_device, describe
from shoestring.core.errors import ConfigError, InterruptedRunError
from shoestring.core.files import atomic_folder, recover, write_json
from shoestring.core.folder import RunFolder
from shoestring.core.jsonl import JsonLines
from shoestring.core.ledger import Budget, BudgetKind, Ledger
from shoestring.core.progress import ProgressReport
from shoestring.core.steps import Start, is_due

SAVE_EVERY_SECONDS = 60.0
FLUSH_EVERY_SECONDS = 1.0
RECORDED_PACKAGES = ("shoestring", "torch", "numpy", "scipy", "scikit-learn", "safetensors")


class Run:
    """One attempt at writing a run folder. Use as a context manager, so that its end is recorded whatever happens.

    Example::

        with Run(folder, seed=3) as run:
            run.track(model=model, optimizer=optimizer)
            for step in run.steps(1_000):
                ...
                run.log(step, loss=loss)
    """

    def __init__(
        self,
        folder: RunFolder,
        *,
        seed: int,
        budgets: Sequence[Budget] = (),
        device: DeviceName = "auto",
        save_every_seconds: float = SAVE_EVERY_SECONDS,
        quiet: bool = False,
        workers: int = 1,
    ) -> None:
        """Open ``folder`` for writing and continue at its newest intact checkpoint, if there is one.

        With several ``workers`` this process owns the folder, and saving and stopping wait for :meth:`decide`.

        Raises:
            ConfigError: another process is writing the folder, or it cannot be written.
            BadDataError: the folder or all of its checkpoints are damaged.
        """
        self.folder, self.seed, self.device, self.workers = folder, seed, choose_device(device), workers
        self.study_at = 0
        """The step at which workers compare their averages with the truth, for measurements; 0 never."""
        self._decided = (False, False)
        self._lock = FileLock(folder.path / "lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise ConfigError(f"{folder.path}: another process is writing this run; stop it first") from error
        except OSError as error:
            raise ConfigError(f"{folder.path}: {error.strerror}; a run folder must be writable") from error
        try:
            self._open(budgets, save_every_seconds, quiet)
        except BaseException:
            self._lock.release()
            raise

    def _open(self, budgets: Sequence[Budget], save_every_seconds: float, quiet: bool) -> None:
        recover(self.folder.path)
        recover(self.folder.path / "checkpoints")
        info = self.folder.info()
        self._start = Start(self.folder.path / "checkpoints", self.seed)
        self.step = self._start.step
        for warning in self._start.warnings:
            self.narrate(f"warning: {warning}; went back to step {self.step}")
        self.attempt = int(info.get("attempt", 0)) + 1
        parent = info.get("parent")
        parent_ledger = self.folder.path.parent / str(parent) / "ledger.jsonl" if parent else None
        self.ledger = Ledger(self.folder.path / "ledger.jsonl", budgets, self.attempt, parent_ledger)
        self._metrics = JsonLines(self.folder.path / "metrics.jsonl")
        self._metrics.append({"attempt": self.attempt, "from": self.step})
        before = {key: [v for at, v in series if at <= self.step] for key, series in self.folder.metrics().items()}
        self._latest = {key: values[-1] for key, values in before.items() if values}
        self._headline: dict[str, Any] = {}
        self._data: dict[str, Any] = {}
        self._saved_step = self.step
        self._total = 0
        self._quiet, self._save_every = quiet, save_every_seconds
        self._signal: int | None = None
        self._began = self._flushed = self._saved_at = time.monotonic()
        self.folder.clear_stop()
        self.folder.beat()
        self.folder.update(status="running", attempt=self.attempt, seed=self.seed, started=time.time())
        environment = {name: _version(name) for name in RECORDED_PACKAGES}
        write_json(
            self.folder.path / "env.json",
            {"python": sys.version.split()[0], "packages": environment, "device": describe(self.device)},
        )

    # What a recipe calls -------------------------------------------------------------------------------------------

    def track(self, **objects: checkpoint.Stateful) -> None:
        """Name everything whose state belongs into a checkpoint; when resuming, its state is put back here."""
        self._start.track(**objects)

    def steps(self, total: int) -> Iterator[int]:
        """The steps that are left of ``total``, counted from 1.

        After each step come heartbeat, checkpoint when due, stop requests and budgets. A used-up budget ends the
        iteration, and the recipe goes on to its final evaluation.

        Raises:
            InterruptedRunError: on Ctrl-C, SIGTERM or a stop request, after the step is finished and saved.
        """
        self._start.move_streams()
        self._total = total
        models = {name: item for name, item in self._start.tracked.items() if isinstance(item, torch.nn.Module)}
        for name, model in models.items():
            self.narrate(f"{name:<7} {sum(weights.numel() for weights in model.parameters()):,} parameters")
        progress = ProgressReport(total, self.step, quiet=self._quiet)
        previous = self._catch_signals()
        try:
            while self.step < total and not self.ledger.exhausted:
                self.step += 1
                yield self.step
                self._after_step(progress)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            progress.close()
        self.save()

    def log(self, step: int, **values: float | Tensor) -> None:
        """Record metrics of ``step``; NaN and infinity are recorded as missing values."""
        elapsed = round(self.elapsed, 3)
        for key, value in values.items():
            number = float(value.detach()) if isinstance(value, Tensor) else float(value)
            self._latest[key] = number
            entry = {"attempt": self.attempt, "step": step, "t": elapsed, "k": key}
            self._metrics.append({**entry, "v": number if np.isfinite(number) else None})

    def spend(self, kind: BudgetKind, n: int) -> None:
        """Charge the ledger at the current step."""
        self.ledger.spend(kind, n, self.step)

    def afford(self, kind: BudgetKind, wanted: int) -> int:
        """See :meth:`Ledger.afford`."""
        return self.ledger.afford(kind, wanted)

    def due(self, name: str, every: int) -> bool:
        """Whether what happens ``every`` so many steps happens now; always at the last step and when a budget ends."""
        last = self.step == self._total or self.ledger.exhausted is not None
        return is_due(name, every, self.step, last=last)

    def rng(self, name: str) -> np.random.Generator:
        """The NumPy random stream ``name`` of this run."""
        return self._start.streams.numpy(name)

    def torch_rng(self, name: str) -> torch.Generator:
        """The torch random stream ``name`` of this run, on the CPU."""
        return self._start.streams.torch(name)

    def data(self, name: str, *, path: str, rows: int, sha256: str, licence: str) -> None:
        """Record an input in ``data.json``."""
        self._data[name] = {"path": path, "rows": rows, "sha256": sha256, "licence": licence}
        write_json(self.folder.path / "data.json", self._data)
        self.narrate(f"data    {name}: {rows:,} rows of {path}, sha256 {sha256[:12]}")

    def summarise(self, **metrics: float | Mapping[str, float]) -> None:
        """Set headline results: a number, or ``{"value", "low", "high"}``; numbers that are not finite become null."""
        self._headline.update({name: _finite(value) for name, value in metrics.items()})

    def save_model(self, write: Callable[[Path], None]) -> Path:
        """Let ``write`` fill the folder ``model/``, the deliverable; an earlier one is replaced when it is complete."""
        path = self.folder.path / "model"
        atomic_folder(path, write)
        return path

    def narrate(self, message: str) -> None:
        """Tell people on stderr and in ``log.txt``."""
        with (self.folder.path / "log.txt").open("a", encoding="utf-8") as stream:
            stream.write(message + "\n")
        if not getattr(self, "_quiet", False):
            sys.stderr.write(message + "\n")

    def vote(self) -> tuple[bool, bool]:
        """Whether a checkpoint is due, and whether somebody asked this run to stop."""
        due = time.monotonic() - self._saved_at >= self._save_every
        return due, self._signal is not None or self.folder.stop_requested

    def decide(self, save: bool, stop: bool) -> None:
        """What all workers agreed on for the end of this step: states that are spread are collected by all at once."""
        self._decided = (save, stop)

    @property
    def elapsed(self) -> float:
        """Seconds of training, earlier attempts up to their checkpoint included."""
        return self._start.elapsed + time.monotonic() - self._began

    def save(self) -> None:
        """Write a checkpoint of the current step."""
        self._flush()
        if self.step > self._saved_step:
            state = {"streams": self._start.streams.state_dict(), "elapsed": self.elapsed}
            checkpoint.save(self.folder.path / "checkpoints", self.step, self._start.tracked, state)
            self._saved_step = self.step
        self._saved_at = time.monotonic()

    # The life of a run ---------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        exhausted = self.ledger.exhausted
        if error is None:
            status = "budget" if exhausted and self.step < self._total else "done"
        else:
            status = "interrupted" if isinstance(error, InterruptedRunError | KeyboardInterrupt) else "failed"
        try:
            if error is not None and status == "failed":
                with (self.folder.path / "log.txt").open("a", encoding="utf-8") as stream:
                    stream.write("".join(traceback.format_exception(kind, error, trace)))
            self._flush()
            self._write_summary(status)
            self.folder.update(status=status, ended=time.time(), error=str(error) if status == "failed" else None)
        except OSError:
            # The disk that failed the run is full or gone: what is on it stays as it is, and the first error counts.
            if error is None:
                raise
        finally:
            self._lock.release()

    def _after_step(self, progress: ProgressReport) -> None:
        progress.update(self.step, self._latest, self.ledger.totals)
        now = time.monotonic()
        if now - self._flushed >= FLUSH_EVERY_SECONDS:
            self._flush()
            self.folder.beat()
        save, stop = self.vote() if self.workers == 1 else self._decided
        self._decided = (False, False)
        if save or stop:
            self.save()
        if stop and self.step < self._total:
            resume = f"resume with: shoestring train --resume {self.folder.path}"
            code = 143 if self._signal == signal.SIGTERM else 130
            raise InterruptedRunError(f"stopped after step {self.step} of {self._total}; {resume}", code)

    def _flush(self) -> None:
        self._metrics.flush()
        self.ledger.flush()
        self._flushed = time.monotonic()

    def _write_summary(self, status: str) -> None:
        last = {key: value for key, value in self._latest.items() if np.isfinite(value)}
        summary = {
            "status": status,
            "step": self.step,
            "seconds": round(self.elapsed, 1),
            "seed": self.seed,
            "last": last,
            "metrics": self._headline,
            "spent": self.ledger.totals,
        }
        write_json(self.folder.path / "summary.json", summary)

    def _catch_signals(self) -> dict[int, Any]:
        if threading.current_thread() is not threading.main_thread():
            return {}

        def stop(number: int, frame: FrameType | None) -> None:
            if self._signal is not None:
                raise KeyboardInterrupt
            self._signal = number
            sys.stderr.write("\nfinishing this step and saving; press Ctrl-C again to stop at once\n")

        return {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}


def _finite(value: float | Mapping[str, float]) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    return value if np.isfinite(value) else None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
