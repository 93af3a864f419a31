"""What an operator watches. Labels hold route templates only: names of people never get into a metric or a log."""

import logging
import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shoestring.service.errors import envelope

logger = logging.getLogger("shoestring.service")

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("shoestring_requests", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram(
            "shoestring_request_seconds", "Time to the end of the answer", labels[:2], registry=self.registry,
            buckets=LATENCY_BUCKETS,
        )  # fmt: skip
        self.in_flight = Gauge("shoestring_requests_in_flight", "Requests being answered", registry=self.registry)

    def watch(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a gauge that is read when somebody asks."""
        Gauge(f"shoestring_{name}", text, registry=self.registry).set_function(read)

    def text(self) -> bytes:
        """Everything in the text format of Prometheus."""
        return generate_latest(self.registry)


class Observe:
    """Counts and times every request, and turns what nobody foresaw into the envelope."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        with self.metrics.in_flight.track_inprogress():
            try:
                await self.app(scope, receive, noting)
            except Exception:
                logger.exception("unforeseen failure in %s %s", scope["method"], template(scope))
                if status == 0:
                    message = "the server failed; its log says why"
                    await envelope(500, message, "internal")(scope, receive, noting)
        method = scope["method"] if scope["method"] in {"GET", "HEAD", "POST", "PUT", "DELETE"} else "other"
        # A client that left before the answer began is counted too, by the status that other servers use for it.
        self.metrics.requests.labels(method, template(scope), str(status or 499)).inc()
        self.metrics.seconds.labels(method, template(scope)).observe(time.perf_counter() - began)


def template(scope: Scope) -> str:
    """The route of a request with its parameters left open, or ``none``."""
    if scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(scope.get("route"), "path", "none"))
