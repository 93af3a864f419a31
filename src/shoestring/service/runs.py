"""Routes of runs: lists, curves, differences, starting and stopping. Nothing here computes or imports torch."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.core.ledger import BudgetKind
from shoestring.recipes import presets
from shoestring.recipes.reporting import report
from shoestring.service.catalog import groups
from shoestring.service.errors import ApiError
from shoestring.service.state import Shared

router = APIRouter(prefix="/v1", tags=["runs"])

MAX_COMPARED = 1000
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"
"""A report is one file with its styles inside; it runs no script and reaches nothing."""

Points = Annotated[int, Query(ge=4, le=20_000)]


@component
class TrainBody:
    """A run to start."""

    preset: str
    overrides: list[str] | dict[str, str | int | float | bool] | None = None
    """``["steps=200"]`` or ``{"steps": 200}``."""
    seed: int | None = None
    seeds: int | None = None
    """So many runs that differ by their seed only."""
    budget: dict[BudgetKind, int] | None = None


@router.get("/runs")
def list_runs(
    service: Shared, *, group: Literal["", "config", "config-seed"] = "",
    status: str = "", preset: str = "", recipe: str = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000, offset: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, Any]:  # fmt: skip
    """All runs, the newest first. ``group=config`` adds the groups of runs that differ by their seed only."""
    wanted = {"status": status, "preset": preset, "recipe": recipe}
    entries = [
        entry for entry in service.catalog.all() if all(entry[key] == value for key, value in wanted.items() if value)
    ]
    page = entries[offset : offset + limit]
    return {"runs": page, "total": len(entries)} | ({"groups": groups(page)} if group else {})


@router.get("/runs/{run}")
def get_run(service: Shared, run: str) -> dict[str, Any]:
    """One run with its configuration, environment and inputs."""
    folder = service.catalog.find(run)
    answer = service.catalog.entry(folder) | {"toml": folder.config_text(), "started_here": service.jobs.owns(run)}
    for name in ("env", "data"):
        if (folder.path / f"{name}.json").exists():
            answer[name] = folder.read_json(f"{name}.json")
    return answer | {"config": service.catalog.config(folder), "total_spent": folder.spent()}


@router.get("/runs/{run}/metrics")
def get_metrics(
    service: Shared, run: str, keys: str = "", max_points: Points = 1000, x: str = "step"
) -> dict[str, Any]:
    """Curves, thinned so that no peak is lost. ``x``: step, seconds, or a budget. ``offset``: where events go on."""
    folder = service.catalog.find(run)
    path = folder.path / "metrics.jsonl"
    # Taken before reading: events that go on from here repeat a point rather than miss one.
    offset = path.stat().st_size if path.exists() else 0
    wanted = [key for key in keys.split(",") if key] or None
    series = service.curves.read(folder, keys=wanted, x=x, max_points=max_points)
    return {"run": run, "x": x, "series": series, "offset": offset}


@router.get("/runs/{run}/report", response_class=HTMLResponse)
def get_report(service: Shared, run: str, x: str = "step") -> HTMLResponse:
    """A run as one self-contained page, with curves over ``x``."""
    return HTMLResponse(report([service.catalog.find(run)], x), headers={"Content-Security-Policy": REPORT_POLICY})


@router.get("/runs-compare")
def compare_runs(
    service: Shared, runs: str, key: str = "", x: str = "step", max_points: Points = 400
) -> dict[str, Any]:
    """The configuration keys in which runs differ, with their results; ``key`` adds that curve of each run."""
    wanted = list(dict.fromkeys(run for run in runs.split(",") if run))
    if not 1 <= len(wanted) <= MAX_COMPARED:
        raise BadDataError(f"runs: give 1 to {MAX_COMPARED} ids with commas between them")
    folders = [service.catalog.find(run) for run in wanted]
    answer: dict[str, Any] = {
        "runs": [service.catalog.entry(folder) for folder in folders],
        "differences": service.catalog.differences(folders),
    }
    if key:
        read = service.curves.read
        curves = {folder.id: read(folder, keys=[key], x=x, max_points=max_points).get(key) for folder in folders}
        answer |= {"x": x, "key": key, "curves": curves}
    return answer


@router.post("/runs", status_code=201)
def start_run(service: Shared, body: TrainBody) -> dict[str, Any]:
    """Train a preset in a process of its own. Answers when the run has its folder."""
    given = body.overrides
    overrides = [f"{key}={_toml(value)}" for key, value in given.items()] if isinstance(given, dict) else given or []
    run = service.jobs.train(body.preset, overrides, seed=body.seed, seeds=body.seeds, budgets=body.budget)
    return {"run": run}


@router.post("/runs/{run}/stop", status_code=202)
def stop_run(service: Shared, run: str) -> dict[str, Any]:
    """Ask a run to save and end, wherever it was started."""
    folder = service.catalog.find(run)
    status = folder.info().get("status")
    if status != "running":
        raise ApiError(409, f"{run} is not running: it is {status}", "not_running")
    try:
        folder.request_stop()
    except OSError as error:
        raise ApiError(
            503, f"{run} cannot be asked to stop: {error.strerror}", "run_read_only", retry_after=60
        ) from error
    return {"run": run, "status": "stopping"}


@router.post("/runs/{run}/resume", status_code=202)
def resume_run(service: Shared, run: str) -> dict[str, Any]:
    """Continue an interrupted run at its last checkpoint."""
    status = service.catalog.find(run).info().get("status")
    if status in {"running", "done"} or service.jobs.owns(run):
        raise ApiError(409, f"{run} cannot be resumed: it is {status}", "not_resumable")
    return {"run": service.jobs.resume(run)}


@router.get("/presets")
def list_presets() -> dict[str, Any]:
    """What can be trained."""
    return {"presets": [{"name": preset.name, "recipe": preset.recipe, "help": preset.help} for preset in presets()]}


def _toml(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
