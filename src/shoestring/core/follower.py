"""What a recipe calls ``run`` in the workers that do not own the run folder: it computes along and writes nothing."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import numpy as np
import torch
from torch import Tensor

from shoestring.core import checkpoint
from shoestring.core.device import DeviceName, choose_device
from shoestring.core.errors import InterruptedRunError
from shoestring.core.folder import RunFolder
from shoestring.core.ledger import Budget, BudgetKind, Ledger
from shoestring.core.steps import Start, is_due


class FollowerFinished(Exception):
    """All steps are done. What a recipe does after them is for the worker that owns the folder alone."""


class Follower:
    """Worker 1, 2, ... of a run that several processes train; worker 0 has a :class:`~shoestring.core.run.Run`.

    Streams, budgets and checkpoints are read as the owner reads them, so that every draw and every decision is the
    same. Open it after the owner has opened the folder and before its first step.
    """

    def __init__(
        self, folder: RunFolder, *, seed: int, workers: int, budgets: Sequence[Budget] = (), device: DeviceName = "auto"
    ) -> None:
        """Raises BadDataError when all checkpoints are damaged."""
        self.folder, self.seed, self.workers, self.device = folder, seed, workers, choose_device(device)
        self._start = Start(folder.path / "checkpoints", seed)
        self.step = self._start.step
        self.attempt = int(folder.info().get("attempt", 0))
        # Never flushed: the owner writes what all spend.
        self.ledger = Ledger(folder.path / "ledger.jsonl", budgets, self.attempt)
        self._total = 0
        self._signal: int | None = None
        self.study_at = 0
        self._decided = (False, False)
        self._saved_step = self.step
        self._began = time.monotonic()

    @property
    def tracked(self) -> Mapping[str, checkpoint.Stateful]:
        """What the recipe named so far."""
        return self._start.tracked

    def track(self, **objects: checkpoint.Stateful) -> None:
        """As :meth:`Run.track`: the states of a checkpoint are put back."""
        self._start.track(**objects)

    def steps(self, total: int) -> Iterator[int]:
        """As :meth:`Run.steps`, with the decisions of all workers.

        Raises:
            InterruptedRunError: the workers agreed to stop.
            FollowerFinished: at the end.
        """
        self._start.move_streams()
        self._total = total
        previous = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            while self.step < total and not self.ledger.exhausted:
                self.step += 1
                yield self.step
                save, stop = self._decided
                self._decided = (False, False)
                if save or stop:
                    self.save()
                if stop and self.step < total:
                    raise InterruptedRunError(f"stopped after step {self.step} of {total}")
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
        self.save()
        raise FollowerFinished

    def vote(self) -> tuple[bool, bool]:
        """Whether this worker wants a checkpoint, and whether it wants to stop."""
        return False, self._signal is not None

    def decide(self, save: bool, stop: bool) -> None:
        """What all workers agreed on for the end of this step."""
        self._decided = (save, stop)

    def save(self) -> None:
        """Take part in collecting the state; the owner writes it."""
        if self.step > self._saved_step:
            for item in self._start.tracked.values():
                # What is spread over the workers is collected by all of them at once; the rest costs nothing to ask.
                item.state_dict()
            self._saved_step = self.step

    def log(self, step: int, **values: float | Tensor) -> None:
        """Nothing: the owner logs."""

    def spend(self, kind: BudgetKind, n: int) -> None:
        """Charge the copy of the ledger, so that budgets end at the same step everywhere."""
        self.ledger.spend(kind, n, self.step)

    def afford(self, kind: BudgetKind, wanted: int) -> int:
        """See :meth:`Ledger.afford`."""
        return self.ledger.afford(kind, wanted)

    def due(self, name: str, every: int) -> bool:
        """As :meth:`Run.due`."""
        last = self.step == self._total or self.ledger.exhausted is not None
        return is_due(name, every, self.step, last=last)

    def rng(self, name: str) -> np.random.Generator:
        """The same stream as the owner's."""
        return self._start.streams.numpy(name)

    def torch_rng(self, name: str) -> torch.Generator:
        """The same stream as the owner's."""
        return self._start.streams.torch(name)

    def data(self, name: str, *, path: str, rows: int, sha256: str, licence: str) -> None:
        """Nothing: the owner records."""

    def summarise(self, **metrics: float | Mapping[str, float]) -> None:
        """Nothing: the owner summarises."""

    def save_model(self, write: Callable[[Path], None]) -> Path:
        """Nothing is written."""
        return self.folder.path / "model"

    def narrate(self, message: str) -> None:
        """Nothing: the owner speaks."""

    @property
    def elapsed(self) -> float:
        """Seconds of this attempt."""
        return time.monotonic() - self._began

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._signal is not None:
            raise KeyboardInterrupt
        self._signal = number
