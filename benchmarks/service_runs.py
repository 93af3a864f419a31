"""Part of :mod:`benchmarks.service`: run lists and comparisons with many long runs."""

import json
import time
from pathlib import Path
from typing import Any

from shoestring.core.folder import RunFolder
from shoestring.service.catalog import Catalog
from shoestring.service.curves import Curves

POINTS = 10_000
LIST_SECONDS, COMPARE_SECONDS = 1.0, 2.0
"""What a person may be made to wait."""
COMPARED = 10
"""Runs whose curves are drawn at a time."""


def make_runs(root: Path, count: int) -> list[RunFolder]:
    """``count`` finished runs of ``POINTS`` points each."""
    lines = [json.dumps({"attempt": 1, "from": 0})]
    lines += [
        json.dumps(
            {"attempt": 1, "step": step, "t": step / 100, "k": "loss", "v": round(1 / step, 8)}, separators=(",", ":")
        )
        for step in range(1, POINTS + 1)
    ]
    curve = "\n".join(lines) + "\n"
    runs = []
    for number in range(count):
        run = RunFolder(root / f"2026-01-01_toy_{number:04x}")
        run.path.mkdir(parents=True)
        (run.path / "run.toml").write_text(f'recipe = "toy"\nrate = {number % 9}\n[loss]\nkind = "x"\nmargin = 0.2\n')
        info = {"kind": "run", "status": "done", "created": number, "recipe": "toy", "preset": "toy", "seed": number}
        (run.path / "run.json").write_text(json.dumps(info | {"budgets": {}, "attempt": 1}))
        summary = {"step": POINTS, "last": {"loss": 0.1}, "metrics": {"eer": 0.1}, "spent": {"labels": 10}}
        (run.path / "summary.json").write_text(json.dumps(summary))
        (run.path / "metrics.jsonl").write_text(curve)
        runs.append(run)
    return runs


def run_rows(folder: Path, count: int) -> list[dict[str, Any]]:
    """The first list and the first comparison after a start, nothing remembered."""
    runs = make_runs(folder / "runs", count)
    began = time.perf_counter()
    listed = Catalog(folder / "runs").all()
    listing = time.perf_counter() - began
    assert len(listed) == count
    began = time.perf_counter()
    differences, curves = Catalog(folder / "runs").differences(runs), Curves()
    drawn = [curves.read(run, keys=["loss"], x="step", max_points=400) for run in runs[:COMPARED]]
    comparing = time.perf_counter() - began
    assert [row["key"] for row in differences] == ["rate"] and len(drawn) == min(COMPARED, count)
    what = f"{count:,} runs x {POINTS:,} points"
    return [
        _row(f"list of {what}", listing, LIST_SECONDS),
        _row(f"differences of {what}, curves of {len(drawn)}", comparing, COMPARE_SECONDS),
    ]


def _row(name: str, ours: float, limit: float) -> dict[str, Any]:
    ratio = limit / ours
    return {
        "name": name, "peer": "time limit", "ratio": ratio, "low": ratio, "high": ratio, "ours": ours, "theirs": limit,
        "unit": "s", "limit": limit,
    }  # fmt: skip
