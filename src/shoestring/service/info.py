"""Routes about the service itself, the articles, and what an operator asks for."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from shoestring import __version__
from shoestring.papers import PAPERS, find_paper
from shoestring.papers.reproducing import stored
from shoestring.service.models import PICTURES
from shoestring.service.state import Service, Shared

router = APIRouter()


@router.get("/healthz", tags=["service"])
async def healthz() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


@router.get("/readyz", tags=["service"])
def readyz(service: Shared) -> JSONResponse:
    """Whether the store answers and the default model is loaded; 503 with the reasons until then."""
    problems = [problem for problem in (service.models.problem, _store_problem(service)) if problem]
    return JSONResponse({"ready": not problems, "problems": problems}, 503 if problems else 200)


@router.get("/metrics", tags=["service"])
def metrics(service: Shared) -> Response:
    """Counts, latencies and queue lengths in the text format of Prometheus."""
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


@router.get("/v1/info", tags=["service"])
def info(service: Shared, request: Request) -> dict[str, Any]:
    """Version, models, limits, what the caller may do, and what is built in."""
    models = [service.models.describe(name) for name in service.models.names()]
    for model in models:
        model["template_bytes"] = service.store.template_bytes(str(model.get("fingerprint")))
    return {
        "version": __version__,
        "models": models,
        "limits": service.settings.limits(),
        "auth": {"required": bool(service.settings.token), "role": request.state.role},
        "features": {
            "identify": True,
            "identify_faces": service.settings.identify_faces,
            "keep_images": service.settings.keep_images,
            "picture_model": service.models.default_of(PICTURES),
            "train": request.state.role == "write",
            "store": service.store.engine.dialect.name,
        },
        "rows": service.store.counts(),
    }


@router.get("/v1/openapi.json", tags=["service"])
async def openapi(request: Request) -> dict[str, Any]:
    """This description, for programs."""
    description: dict[str, Any] = request.app.openapi()
    return description


@router.get("/v1/papers", tags=["papers"])
def list_papers() -> dict[str, Any]:
    """The thirteen articles, built or not."""
    return {"papers": [asdict(paper) for paper in PAPERS]}


@router.get("/v1/papers/{paper}", tags=["papers"])
def get_paper(service: Shared, paper: str) -> dict[str, Any]:
    """One article with its claims as last measured; ``quick`` tells small sizes from full ones."""
    found = find_paper(paper)
    result = stored(found, service.settings.papers) or {"claims": [], "quick": None}
    return asdict(found) | {"claims": result["claims"], "quick": result["quick"]}


def _store_problem(service: Service) -> str:
    try:
        service.store.counts()
    except SQLAlchemyError as error:
        return f"the store does not answer ({type(error).__name__})"
    return ""
