"""Curves of runs, read only when asked for, remembered until their files change, and thinned before they are sent."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.core.folder import RunFolder, Series
from shoestring.recipes.comparing import AXES, axis_of

T = TypeVar("T")
Stamp = tuple[tuple[int, int] | None, ...]


class FileCache:
    """What was computed from files, as long as their sizes and times of change stay the same."""

    def __init__(self, entries: int) -> None:
        self.entries = entries
        self._kept: OrderedDict[tuple[str, str], tuple[Stamp, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, what: str, folder: Path, files: Sequence[str], make: Callable[[], T]) -> T:
        """The value of ``make()`` for ``folder``, made again only when one of its ``files`` has changed."""
        key = (what, str(folder))
        # Taken before reading: a file that changes meanwhile is read once more, never kept in a stale form.
        stamp = tuple(_stamp(folder / name) for name in files)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == stamp:
                self._kept.move_to_end(key)
                value: T = kept[1]
                return value
        made = make()
        with self._lock:
            self._kept[key] = (stamp, made)
            self._kept.move_to_end(key)
            while len(self._kept) > self.entries:
                self._kept.popitem(last=False)
        return made


class Curves:
    """The metrics of runs over steps, seconds or what was spent."""

    def __init__(self, entries: int = 64) -> None:
        self._cache = FileCache(entries)

    def read(self, run: RunFolder, *, keys: Sequence[str] | None, x: str, max_points: int) -> dict[str, dict[str, Any]]:
        """``{key: {"x", "y", "points"}}``: at most ``max_points`` of all ``points``, missing values as None.

        Raises:
            BadDataError: ``x`` is no axis, or the run has never recorded it.
        """
        if x not in AXES:
            raise BadDataError(f"x: {x[:40]!r} is not an axis; known: {', '.join(AXES)}")
        metrics = self._cache.get("metrics", run.path, ["metrics.jsonl"], lambda: _arrays(run.metrics()))
        axis = self._axis(run, x)
        answer = {}
        for key, (steps, values) in metrics.items():
            if keys is not None and key not in keys:
                continue
            rows = thin(values, max_points)
            places = steps[rows] if axis is None else np.interp(steps[rows], *axis)
            answer[key] = {"x": _numbers(places), "y": _numbers(values[rows]), "points": len(values)}
        return answer

    def _axis(self, run: RunFolder, x: str) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        if x == "step":
            return None
        files = ["metrics.jsonl", "ledger.jsonl"]
        steps, places = self._cache.get(f"axis {x}", run.path, files, lambda: _arrays({x: axis_of(run, x)}))[x]
        if not len(steps):
            raise BadDataError(f"x: {run.id} has never recorded {x}")
        # Spending is written about once a second; in between it grows evenly, from nothing at step 0.
        return np.concatenate([[0.0], steps]), np.concatenate([[0.0], places])


def thin(values: NDArray[np.float64], max_points: int) -> NDArray[np.intp]:
    """The rows to keep of ``values`` [N]: both ends, and the lowest and highest of equal stretches, so no peak is lost.

    At most ``max_points`` >= 4 of them, in order. Where a stretch holds nothing but NaN, its first row stands for it.
    """
    count = len(values)
    if count <= max_points:
        return np.arange(count)
    edges = np.linspace(1, count - 1, (max_points - 2) // 2 + 1).astype(np.intp)
    low = np.where(np.isnan(values), np.inf, values)
    high = np.where(np.isnan(values), -np.inf, values)
    kept = [0, count - 1]
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        if start < end:
            kept += [int(start + low[start:end].argmin()), int(start + high[start:end].argmax())]
    return np.unique(np.array(kept))


def _arrays(series: dict[str, Series]) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    columns = {key: np.array(points, dtype=np.float64).reshape(-1, 2) for key, points in series.items()}
    return {key: (table[:, 0], table[:, 1]) for key, table in columns.items()}


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
