"""Run folders made by hand: what the service reads, without training anything."""

import json
import random
import time
from pathlib import Path

from shoestring.core.folder import RunFolder


def make_run(
    root: Path, name: str, *, steps: int = 0, every: int = 1, config: str = "", status: str = "done", seed: int = 0,
    **info,
) -> RunFolder:  # fmt: skip
    """A folder as the core writes it, with a falling loss that has one peak in the middle."""
    path = root / name
    path.mkdir(parents=True)
    folder = RunFolder(path)
    (path / "run.toml").write_text(f'recipe = "toy"\n{config}')
    about = {
        "schema": "shoestring.run/1", "id": name, "name": "toy", "kind": "run", "status": status,
        "created": time.time(), "recipe": "toy", "preset": "toy", "seed": seed, "budgets": {}, "attempt": 1,
        "device": "cpu", "threads": 1, "overrides": [],
    }  # fmt: skip
    (path / "run.json").write_text(json.dumps(about | info))
    if status == "running":
        folder.beat()
    if steps:
        draw = random.Random(seed)
        lines = [json.dumps({"attempt": 1, "from": 0})]
        for step in range(every, steps + 1, every):
            value = 1000.0 if step == steps // 2 else round(1 / step + draw.random() / 100, 6)
            lines.append(json.dumps({"attempt": 1, "step": step, "t": step / 10, "k": "loss", "v": value}))
        (path / "metrics.jsonl").write_text("\n".join(lines) + "\n")
        spent = [
            json.dumps({"attempt": 1, "step": step, "t": 0.0, "kind": "labels", "n": 10, "total": step // 10 * 10})
            for step in range(10, steps + 1, 10)
        ]
        (path / "ledger.jsonl").write_text("".join(line + "\n" for line in spent))
        summary = {
            "status": status, "step": steps, "seconds": steps / 10, "seed": seed, "last": {"loss": 0.1},
            "metrics": {"error": {"value": 0.1, "low": 0.05, "high": 0.2}}, "spent": {"labels": steps // 10 * 10},
        }  # fmt: skip
        (path / "summary.json").write_text(json.dumps(summary))
    return folder


def append(folder: RunFolder, **record) -> None:
    with (folder.path / "metrics.jsonl").open("a") as stream:
        stream.write(json.dumps(record) + "\n")
