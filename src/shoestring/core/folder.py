"""The run folder: the truth about a run, readable without torch and while the run is being written."""

import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shoestring.core.config import nearest
from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.core.files import atomic_write, write_json
from shoestring.core.jsonl import read_json_lines
from shoestring.core.ledger import read_totals

SCHEMA = "shoestring.run/1"
LOST_AFTER_SECONDS = 30.0
"""A run that says it is running and has not touched its heartbeat for so long was killed."""

Series = list[tuple[int, float]]


@dataclass(frozen=True)
class RunFolder:
    """A folder under the runs root. Creating the object reads nothing; each method reads what it needs."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @classmethod
    def create(cls, root: Path, name: str, config: str, info: Mapping[str, Any]) -> "RunFolder":
        """Make ``root/DATE_name_xxxx`` holding ``run.toml`` and ``run.json``.

        Raises:
            ConfigError: ``root`` cannot be written, or ``name`` is not a plain file name.
        """
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,80}", name):
            raise ConfigError(f"run name {name!r}: use letters, digits, '-', '_' and '.' only")
        path = root / f"{time.strftime('%Y-%m-%d')}_{name}_{secrets.token_hex(2)}"
        try:
            path.mkdir(parents=True)
            atomic_write(path / "run.toml", config)
        except FileExistsError:
            return cls.create(root, name, config, info)
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}; choose a folder that can be written with --out") from error
        folder = cls(path)
        folder.update(schema=SCHEMA, id=path.name, name=name, created=time.time(), status="created", attempt=0, **info)
        return folder

    @classmethod
    def find(cls, root: Path, reference: str) -> "RunFolder":
        """The run named by its id, a unique part of its id, a path, or ``latest``. Raises NotFoundError."""
        if (Path(reference) / "run.json").is_file():
            return cls(Path(reference).resolve())
        runs = list_runs(root)
        if reference == "latest" and runs:
            return runs[0]
        exact = [run for run in runs if run.id == reference]
        partial = [run for run in runs if reference and reference in run.id]
        if len(exact or partial) == 1:
            return (exact or partial)[0]
        if partial:
            raise NotFoundError(f"run {reference!r} fits {', '.join(run.id for run in partial[:5])}; give more of it")
        raise NotFoundError(f"no run {reference!r} in {root}{nearest(reference, [run.id for run in runs[:200]])}")

    def info(self) -> dict[str, Any]:
        """``run.json``, with the status ``lost`` when the process that wrote it is gone.

        Raises:
            BadDataError: the file is missing or damaged.
        """
        info = self.read_json("run.json")
        if info.get("status") == "running" and time.time() - self.heartbeat() > LOST_AFTER_SECONDS:
            info["status"] = "lost"
        return info

    def update(self, **values: Any) -> None:
        """Change keys of ``run.json``."""
        path = self.path / "run.json"
        write_json(path, {**(self.read_json("run.json") if path.exists() else {}), **values})

    def read_json(self, name: str) -> dict[str, Any]:
        """One of the JSON files of the folder as a dictionary. Raises BadDataError."""
        return read_json_object(self.path / name)

    def config_text(self) -> str:
        """``run.toml`` as it is. Raises BadDataError."""
        try:
            return (self.path / "run.toml").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadDataError(f"{self.path / 'run.toml'}: {error}; this is not a complete run folder") from error

    def heartbeat(self) -> float:
        """When the run last showed that it is alive, in seconds since the epoch; 0 if never."""
        try:
            return (self.path / "heartbeat").stat().st_mtime
        except OSError:
            return 0.0

    def beat(self) -> None:
        """Show that the run is alive."""
        (self.path / "heartbeat").touch()

    def metrics(self, keys: Iterable[str] | None = None) -> dict[str, Series]:
        """Each metric as ``(step, value)`` by step; the highest attempt counts, and NaN is kept."""
        wanted = None if keys is None else set(keys)
        return self._series("v", lambda key: wanted is None or key in wanted)

    def seconds(self) -> Series:
        """``(step, seconds of training)`` at each step where something was logged."""
        times: dict[int, float] = {}
        for points in self._series("t", lambda key: True).values():
            for step, value in points:
                times[step] = max(value, times.get(step, value))
        return sorted(times.items())

    def _series(self, field: str, wanted: Callable[[str], bool]) -> dict[str, Series]:
        series: dict[str, dict[int, float]] = {}
        for entry in read_json_lines(self.path / "metrics.jsonl"):
            if "from" in entry:
                # A new attempt starts after this step: what the old one wrote beyond it did not happen.
                start = int(entry["from"])
                for points in series.values():
                    for step in [step for step in points if step > start]:
                        del points[step]
            elif wanted(str(entry.get("k"))):
                value = entry.get(field)
                points = series.setdefault(str(entry.get("k")), {})
                points[int(entry.get("step", 0))] = float("nan") if value is None else float(value)
        return {key: sorted(points.items()) for key, points in series.items()}

    def spending(self) -> dict[str, Series]:
        """Each budget kind as ``(step, total spent up to and including it)``, resumed attempts added up."""
        totals: dict[str, int] = {}
        curves: dict[str, dict[int, float]] = {}
        for entry in read_json_lines(self.path / "ledger.jsonl"):
            kind, n, step, steps = entry.get("kind"), entry.get("n"), entry.get("step", 0), entry.get("steps", 1)
            if isinstance(kind, str) and isinstance(n, int) and isinstance(step, int):
                # One entry stands for consecutive steps that spent the same.
                count = steps if isinstance(steps, int) and 0 < steps <= step + 1 and n % steps == 0 else 1
                for at in range(step - count + 1, step + 1):
                    totals[kind] = totals.get(kind, 0) + n // count
                    curves.setdefault(kind, {})[at] = float(totals[kind])
        return {kind: sorted(curve.items()) for kind, curve in curves.items()}

    def spent(self) -> dict[str, int]:
        """Units spent of each budget kind."""
        return read_totals(self.path / "ledger.jsonl")

    def summary(self) -> dict[str, Any]:
        """``summary.json``, or an empty dictionary before the first evaluation."""
        return self.read_json("summary.json") if (self.path / "summary.json").exists() else {}

    def request_stop(self) -> None:
        """Ask the process that writes this run to checkpoint and end."""
        atomic_write(self.path / "stop", "")

    @property
    def stop_requested(self) -> bool:
        return (self.path / "stop").exists()

    def clear_stop(self) -> None:
        (self.path / "stop").unlink(missing_ok=True)


def runs_root(environment: Mapping[str, str] | None = None) -> Path:
    """Where runs are kept unless an option says otherwise: ``$SHOESTRING_RUNS`` or ``./runs``."""
    return Path((os.environ if environment is None else environment).get("SHOESTRING_RUNS") or "runs").expanduser()


def list_runs(root: Path) -> list[RunFolder]:
    """All run folders under ``root``, newest first by name and time of creation; an absent root is empty."""
    if not root.is_dir():
        return []
    with os.scandir(root) as entries:
        found = [entry for entry in entries if entry.is_dir() and (Path(entry.path) / "run.json").is_file()]
    return [RunFolder(Path(e.path)) for e in sorted(found, key=lambda e: (e.name[:10], _created(e)), reverse=True)]


def read_json_object(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object. Raises BadDataError with the path and the reason."""
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise BadDataError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadDataError(f"{path}: damaged: {error}") from error
    if not isinstance(value, dict):
        raise BadDataError(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value


def _created(entry: "os.DirEntry[str]") -> float:
    try:
        return (Path(entry.path) / "run.toml").stat().st_mtime
    except OSError:
        return 0.0
