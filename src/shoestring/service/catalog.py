"""Runs as lists and as tables of differences, without reading a single curve."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.core.folder import RunFolder, list_runs
from shoestring.recipes.comparing import configuration
from shoestring.service.curves import FileCache
from shoestring.service.enrolment import timestamp

RUN_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,200}", re.ASCII)
FILES = ("run.json", "run.toml", "summary.json")


class Catalog:
    """The runs under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._cache = FileCache(20_000)

    def find(self, run: str) -> RunFolder:
        """The run with exactly this id. Raises NotFoundError."""
        folder = self.root / run
        # The pattern leaves no way to name anything but an entry of the root, and a link out of it is no run.
        if not RUN_ID.fullmatch(run) or not (folder / "run.json").is_file() or folder.is_symlink():
            raise NotFoundError(f"no run {run[:80]!r}")
        return RunFolder(folder)

    def all(self) -> list[dict[str, Any]]:
        """Every run, the newest first; a damaged one is listed with its ``problem``."""
        return [self.entry(run) for run in list_runs(self.root)]

    def entry(self, run: RunFolder) -> dict[str, Any]:
        """One run as a row."""
        entry = dict(self._cache.get("entry", run.path, FILES, lambda: _entry(run)))
        if entry["status"] in {"running", "lost"}:
            # Depends on the clock, not on the files.
            entry["status"] = run.info()["status"]
        return entry

    def config(self, run: RunFolder) -> dict[str, Any]:
        """Configuration and budgets with dotted keys. Raises BadDataError."""
        return self._cache.get("config", run.path, ["run.toml", "run.json"], lambda: configuration(run))

    def differences(self, runs: Sequence[RunFolder]) -> list[dict[str, Any]]:
        """The configuration keys whose values are not the same in all of ``runs``: ``{"key", "values": [per run]}``."""
        tables = [self.config(run) for run in runs]
        keys = sorted({key for table in tables for key in table})
        rows = [{"key": key, "values": [table.get(key) for table in tables]} for key in keys]
        return [row for row in rows if any(value != row["values"][0] for value in row["values"][1:])]


def groups(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Runs with the same configuration and budgets, which differ by their seed only, in the order of their newest."""
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        group = found.setdefault(
            entry["group"],
            {"group": entry["group"], "name": entry["preset"] or entry["recipe"], "runs": [], "seeds": []},
        )
        group["runs"].append(entry["run"])
        group["seeds"].append(entry["seed"])
    return list(found.values())


def _entry(run: RunFolder) -> dict[str, Any]:
    try:
        info, summary = run.info(), run.summary()
        config = run.config_text()
    except BadDataError as error:
        blank = dict.fromkeys(("kind", "recipe", "preset", "seed", "created", "step", "seconds", "parent"))
        return {"run": run.id, "status": "damaged", "problem": str(error), "group": run.id, **blank,
                "metrics": {}, "last": {}, "spent": {}, "budgets": {}}  # fmt: skip
    budgets = info.get("budgets") or {}
    same = json.dumps([info.get("kind"), config, budgets], sort_keys=True)
    return {
        "run": run.id, "kind": info.get("kind", "run"), "status": info.get("status"), "error": info.get("error"),
        "recipe": info.get("recipe"), "preset": info.get("preset"),
        "seed": info.get("seed"), "seeds": info.get("seeds"),
        "parent": info.get("parent"), "created": timestamp(float(info.get("created") or 0)),
        "attempt": info.get("attempt"), "budgets": budgets, "step": summary.get("step"),
        "seconds": summary.get("seconds"), "metrics": summary.get("metrics") or {}, "last": summary.get("last") or {},
        "spent": summary.get("spent") or {}, "group": hashlib.sha256(same.encode()).hexdigest()[:12],
        "model": (run.path / "model").is_dir(), "report": (run.path / "report.html").is_file(),
    }  # fmt: skip
