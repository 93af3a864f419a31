"""Progress of a run as server-sent events, read from its folder: also for runs that were started elsewhere."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Header, Query
from fastapi.responses import Response, StreamingResponse

from shoestring.core.folder import RunFolder
from shoestring.service.errors import ApiError
from shoestring.service.state import Service, Shared

router = APIRouter(prefix="/v1", tags=["runs"])

POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0
CHUNK = 256 * 1024
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
RUNNING = frozenset({"created", "running"})


@router.get("/runs/{run}/events", response_class=StreamingResponse)
async def follow(
    service: Shared, run: str, after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[str | None, Header(max_length=30)] = None,
) -> Response:  # fmt: skip
    """Server-sent events until the run ends: ``metrics`` (new points), ``status``, and at last ``end``.

    ``after`` is the ``offset`` of ``/metrics``. A browser that lost the connection goes on where it was.
    """
    folder = service.catalog.find(run)
    offset = int(last_event_id) if last_event_id and last_event_id.isdecimal() else after
    if last_event_id and not await to_thread.run_sync(_unread, folder, offset):
        # The one answer after which a browser does not connect again.
        return Response(status_code=204)
    if service.streams >= service.settings.max_streams:
        raise ApiError(429, f"{service.settings.max_streams} streams are open", "too_many_streams", retry_after=10)
    return StreamingResponse(
        counted(service, _events(service, folder, offset)), headers=HEADERS, media_type="text/event-stream"
    )


async def counted(service: Service, events: AsyncIterator[str]) -> AsyncIterator[str]:
    """``events``, counted among the streams that are open."""
    service.streams += 1
    try:
        async for event in events:
            yield event
    finally:
        service.streams -= 1


async def _events(service: Service, folder: RunFolder, offset: int) -> AsyncIterator[str]:
    clock = asyncio.get_running_loop().time
    shown: dict[str, Any] | None = None
    silent_since = clock()
    yield "retry: 2000\n\n"
    while not service.closing():
        # The status comes first: what was written before the end is then read before the end is told.
        entry = await to_thread.run_sync(service.catalog.entry, folder)
        records, offset, more = await to_thread.run_sync(read_lines, folder.path / "metrics.jsonl", offset)
        if records:
            yield _event("metrics", {"points": records, "offset": offset}, offset)
        if entry != shown:
            shown = entry
            yield _event("status", entry, offset)
        if not more and entry["status"] not in RUNNING:
            yield _event("end", {"run": folder.id, "status": entry["status"]}, offset)
            return
        if records or more:
            silent_since = clock()
        elif clock() - silent_since > HEARTBEAT_SECONDS:
            silent_since = clock()
            yield ": still here\n\n"
        if not more:
            await asyncio.sleep(POLL_SECONDS)


def read_lines(path: Path, offset: int) -> tuple[list[dict[str, Any]], int, bool]:
    """The whole lines of ``path`` behind ``offset``, the offset behind them, and whether there may be more."""
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            chunk = stream.read(CHUNK)
    except FileNotFoundError:
        return [], offset, False
    whole = chunk[: chunk.rfind(b"\n") + 1]
    if not whole:
        # A line longer than a chunk is no record of ours; what is shorter is still being written.
        return [], offset + (len(chunk) if len(chunk) == CHUNK else 0), len(chunk) == CHUNK
    records = []
    for line in whole.splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            records.append(record)
    return records, offset + len(whole), len(chunk) == CHUNK


def _unread(folder: RunFolder, offset: int) -> bool:
    path = folder.path / "metrics.jsonl"
    return folder.info().get("status") in RUNNING or (path.exists() and path.stat().st_size > offset)


def _event(name: str, data: dict[str, Any], offset: int) -> str:
    return f"id: {offset}\nevent: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
