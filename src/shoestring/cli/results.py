"""What came out of a run, for ``train`` and ``show``."""

from collections.abc import Mapping
from typing import Any

from shoestring.cli.output import interval, table
from shoestring.core.folder import RunFolder


def result_document(run: RunFolder) -> dict[str, Any]:
    """A run or sweep with its results, for JSON."""
    info, summary = run.info(), run.summary()
    model = run.path / "model"
    return {
        "run": run.id, "path": run.path, "kind": info.get("kind"), "status": info.get("status"),
        "recipe": info.get("recipe"), "preset": info.get("preset"), "seed": info.get("seed"),
        "step": summary.get("step"), "seconds": summary.get("seconds"), "metrics": summary.get("metrics") or {},
        "last": summary.get("last") or {}, "spent": run.spent(), "runs": info.get("runs") or [],
        "model": model if model.is_dir() else None,
    }  # fmt: skip


def result_text(run: RunFolder) -> str:
    """The same for people: headline metrics with intervals, spending, what was saved."""
    rows = [[name, interval(metric)] for name, metric in ordered(run.summary().get("metrics") or {}).items()]
    rows += [["spent", f"{kind} {n:,}"] for kind, n in run.spent().items()]
    model = run.path / "model"
    rows += [["saved", f"{model} (the model)"]] if model.is_dir() else []
    rows.append(["" if model.is_dir() else "saved", f"{run.path} (metrics, ledger, checkpoint)"])
    return table([run.id, run.info().get("status", "")], rows)


def ordered(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Headline metrics, those with an interval first: they are what was measured, the others describe."""
    return dict(sorted(metrics.items(), key=lambda item: not isinstance(item[1], Mapping)))
