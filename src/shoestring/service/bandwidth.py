"""Routes of bandwidth measurements. Nothing here computes or imports torch."""

from typing import Any

from fastapi import APIRouter

from shoestring.core.folder import list_runs
from shoestring.recipes.bandwidth import measured_runs, measurement, qualities
from shoestring.service.state import Shared

router = APIRouter(prefix="/v1", tags=["bandwidth"])


@router.get("/bandwidth")
def list_measurements(service: Shared) -> dict[str, Any]:
    """The runs whose steps were measured on links, the newest first."""
    return {"runs": [service.catalog.entry(run) for run in measured_runs(list_runs(service.catalog.root))]}


@router.get("/runs/{run}/bandwidth")
def get_bandwidth(service: Shared, run: str, metric: str = "") -> dict[str, Any]:
    """What a step of a run costs with each compressor, predicted over link speeds, with accuracy where runs have it.

    404 until ``shoestring bandwidth measure`` was run for it.
    """
    folder = service.catalog.find(run)
    document = measurement(folder)
    chosen = metric or next(iter(folder.summary().get("metrics", {})), "loss")
    return {**document, "metric": chosen, "qualities": qualities(folder, document, chosen)}
