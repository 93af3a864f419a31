"""Progress on stderr: a bar on a terminal, elsewhere at most one line every 30 seconds."""

import os
import sys
import time
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_EVERY_SECONDS = 30.0
WARM_UP_SECONDS = 5.0
"""After so long there is a first line, whose rate says how long all of it will take."""


class ProgressReport:
    """Shows step, headline metrics, spending, rate and time left; ``quiet`` shows nothing."""

    def __init__(self, total: int, start: int, *, quiet: bool = False) -> None:
        self._total, self._start, self._quiet = total, start, quiet
        self._began = time.monotonic()
        self._next_line = self._began + WARM_UP_SECONDS
        self._bar: Progress | None = None
        if not quiet and sys.stderr.isatty() and "CI" not in os.environ:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task("steps", total=total, completed=start, note="")

    def update(self, step: int, latest: Mapping[str, float], spent: Mapping[str, int]) -> None:
        """Show ``step``; cheap enough to be called at every step."""
        if self._bar is not None:
            self._bar.update(self._task, completed=step, note=_note(latest, spent))
        elif not self._quiet and (now := time.monotonic()) >= self._next_line:
            self._next_line = now + LINE_EVERY_SECONDS
            rate = (step - self._start) / (now - self._began)
            left = (self._total - step) / rate if rate else float("inf")
            line = f"step {step}/{self._total}  {_note(latest, spent)}  {rate:.1f} steps/s  {left:.0f} s left"
            sys.stderr.write(line + "\n")

    def close(self) -> None:
        """Take the bar down."""
        if self._bar is not None:
            self._bar.stop()


def _note(latest: Mapping[str, float], spent: Mapping[str, int]) -> str:
    metrics = [f"{key} {value:.4g}" for key, value in list(latest.items())[:3]]
    return "  ".join(metrics + [f"{n:,} {kind} spent" for kind, n in spent.items()])
