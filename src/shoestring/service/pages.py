"""The studio: static files, and one page for every address that the studio draws itself."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "studio" / "static"
PAGES = (
    "runs", "learn", "sign", "faces", "search", "label", "agents", "draw", "bandwidth", "activations", "settings",
)  # fmt: skip


def add_pages(app: FastAPI) -> None:
    """Serve the studio at ``/``, at each of ``PAGES`` and below them."""

    async def page() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    for path in ("/", *(f"/{name}{rest}" for name in PAGES for rest in ("", "/{rest:path}"))):
        app.add_api_route(path, page, methods=["GET"], include_in_schema=False)
    # The modules of a page belong together: each is asked for again, so that an update never mixes two versions.
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
