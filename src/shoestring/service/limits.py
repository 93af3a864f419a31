"""What keeps one client from taking everything: a bound on bodies and a bound on work."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shoestring.service.declared import Declared
from shoestring.service.errors import ApiError

T = TypeVar("T")


LINGER_BYTES = 8 * 2**20
LINGER_SECONDS = 2.0


class BodyLimit:
    """Refuses bodies that are too large, too slow or of the wrong type, before anything collects them.

    The type is JSON; the routes that take pictures also take a form with files, and more bytes.
    """

    def __init__(self, app: ASGIApp, max_body: int, max_image: int, seconds: float, declared: Declared) -> None:
        self.app, self.max_body, self.max_image, self.seconds = app, max_body, max(max_body, max_image), seconds
        self.declared = declared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        pictures = "pictures" in self.declared.of(scope)
        largest = self.max_image if pictures else self.max_body
        if not length.isdecimal() or int(length[:20]) > largest:
            await _refuse(_too_large(largest), scope, receive, send)
            return
        has_body = length != "0" or "transfer-encoding" in headers
        known = {"application/json", "multipart/form-data"} if pictures else {"application/json"}
        if has_body and headers.get("content-type", "").partition(";")[0].strip().lower() not in known:
            form = "; a picture may also come as multipart/form-data" if pictures else ""
            message = f"send the body as JSON with Content-Type: application/json{form}"
            refusal = ApiError(415, message, "not_json")
            await refusal.response()(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self.seconds
        received, complete = 0, not has_body

        async def limited() -> Message:
            nonlocal received, complete
            if complete:
                # What comes after the body is the news that the client has gone, for which one may wait long.
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "the body took too long", {"Connection": "close"}) from None
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > largest:
                if not complete:
                    await _linger(receive)
                raise HTTPException(413, str(_too_large(largest)), {"Connection": "close"})
            return message

        await self.app(scope, limited, send)


def _too_large(largest: int) -> ApiError:
    error = ApiError(413, f"the body is larger than {largest} bytes", "body_too_large")
    error.headers["Connection"] = "close"
    return error


async def _refuse(refusal: ApiError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once, and close the connection a little later."""

    async def unfinished(message: Message) -> None:
        await send({**message, "more_body": True} if message["type"] == "http.response.body" else message)

    await refusal.response()(scope, receive, unfinished)
    await _linger(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _linger(receive: Receive) -> None:
    """Throw away a bounded part of what is still coming: closing at once would reset the line before many clients,
    which send first and read then, have seen the answer."""
    dropped = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while dropped < LINGER_BYTES:
                message = await receive()
                dropped += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


class Admission:
    """Sends requests for a computation away while the queue is full, before their bodies are read and parsed.

    Parsing costs a third of a verification: without this, a crowd that is refused would keep the others from being
    answered.
    """

    def __init__(self, app: ASGIApp, gate: "Gate", declared: Declared) -> None:
        self.app, self.gate, self.declared = app, gate, declared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.gate.full and "computes" in self.declared.of(scope):
            await self.gate.refusal().response()(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class Gate:
    """Threads that compute, with a bounded queue before them: work is refused rather than piled up."""

    def __init__(self, workers: int, queue: int) -> None:
        self.capacity = workers + queue
        self.pending = 0
        """Computations running or waiting; changed by the event loop only."""
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="compute")

    @property
    def full(self) -> bool:
        """Whether the next computation would be refused."""
        return self.pending >= self.capacity

    def refusal(self) -> ApiError:
        """What a client is told then."""
        message = f"{self.capacity} computations are running or waiting; try again"
        return ApiError(429, message, "queue_full", retry_after=1)

    async def run(self, work: Callable[[], T]) -> T:
        """The result of ``work``, computed in a thread. Raises ApiError 429 when the queue is full."""
        if self.full:
            raise self.refusal()
        self.pending += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        future.add_done_callback(self._done)
        # A thread cannot be cancelled: the place in the queue is given back when the work ends, not when a client goes.
        return await asyncio.shield(future)

    def _done(self, _: object) -> None:
        self.pending -= 1

    def close(self) -> None:
        """Wait for what is running, drop what waits."""
        self._pool.shutdown(cancel_futures=True)
