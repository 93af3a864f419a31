"""Routes of maps: every row of a collection as a point of a plane."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response, StreamingResponse

from shoestring.service.declared import declares
from shoestring.service.errors import ApiError
from shoestring.service.events import HEADERS, POLL_SECONDS, counted
from shoestring.service.state import CollectionName, Service, Shared
from shoestring.similarity.collection import Collection
from shoestring.similarity.collection.maps import QUICK, map_of
from shoestring.similarity.plane import Method

router = APIRouter(prefix="/v1/collections", tags=["collections"])


@router.get("/{collection}/map", openapi_extra=declares("computes"))
async def get_map(service: Shared, collection: CollectionName, method: Method = "tsne") -> Response:
    """Every row as a point: ``ids``, and ``x`` and ``y`` from 0 to 65,535.

    ``pca`` shows the two directions of greatest variance and says their share of it. ``tsne`` keeps neighbours
    together; with more than some rows it is drawn in the background: 202 tells how far it is, and
    ``/map/events`` when it is ready. It is kept until a row changes.
    """
    return await service.gate.run(lambda: _map(service, collection, method))


@router.get("/{collection}/map/events", response_class=StreamingResponse)
def follow_map(service: Shared, collection: CollectionName) -> Response:
    """Server-sent events of the drawing that is under way: ``progress``, and at last ``end``."""
    number = service.collections.get(collection).number
    if service.drawings.of(number) is None:
        # The one answer after which a browser does not connect again.
        return Response(status_code=204)
    if service.streams >= service.settings.max_streams:
        raise ApiError(429, f"{service.settings.max_streams} streams are open", "too_many_streams", retry_after=10)
    events = counted(service, _events(service, number))
    return StreamingResponse(events, headers=HEADERS, media_type="text/event-stream")


def _map(service: Service, name: str, method: Method) -> Response:
    found = service.collections.get(name)
    rows, most = found.info().rows, service.settings.max_mapped
    if rows > most:
        raise ApiError(
            422, f"{rows:,} rows: a request draws at most {most:,}; use shoestring collection map", "too_many_rows"
        )
    made = map_of(found, method, build=method == "pca" or rows <= QUICK)
    if made is not None:
        return JSONResponse({"status": "ready", **made.as_dict()})
    drawing = service.drawings.begin(found.number, lambda tick: _draw(found, method, tick))
    return JSONResponse(drawing.view(), 202)


def _draw(collection: Collection, method: Method, tick: Any) -> None:
    map_of(collection, method, tick=tick)


async def _events(service: Service, number: int) -> AsyncIterator[str]:
    shown: tuple[Any, ...] | None = None
    yield "retry: 2000\n\n"
    while not service.closing():
        drawing = service.drawings.of(number)
        if drawing is None:
            return
        state = drawing.status, drawing.done
        if state != shown:
            shown = state
            name = "end" if drawing.status in ("ready", "failed") else "progress"
            yield f"event: {name}\ndata: {json.dumps(drawing.view())}\n\n"
            if name == "end":
                return
        await asyncio.sleep(POLL_SECONDS)
