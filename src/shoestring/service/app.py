"""The application: everything above, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from shoestring import __version__
from shoestring.service import (
    activations,
    agents,
    bandwidth,
    collections,
    embeddings,
    errors,
    events,
    faces,
    info,
    maps,
    moves,
    people,
    runs,
    teaching,
    verify,
)
from shoestring.service.catalog import Catalog
from shoestring.service.curves import Curves
from shoestring.service.declared import Declared
from shoestring.service.jobs import Jobs
from shoestring.service.limits import Admission, BodyLimit, Gate
from shoestring.service.metrics import Metrics, Observe
from shoestring.service.models import Models
from shoestring.service.pages import add_pages
from shoestring.service.reference import add_reference
from shoestring.service.security import Guard, SecureHeaders
from shoestring.service.settings import Settings
from shoestring.service.state import Service
from shoestring.service.store import Store
from shoestring.service.uploads import Uploads

PARTS = (
    people, verify, faces, collections, teaching, maps, embeddings, runs, events, agents, moves, activations, bandwidth,
    info,
)  # fmt: skip

DESCRIPTION = """Signatures and faces verified, searchable collections, agents and training runs, on your own machine.

Answers are JSON. Whatever goes wrong is answered with {"error": {"message", "type", "param", "code"}}. Where a token is
needed, send it as Authorization: Bearer TOKEN, api-key or x-api-key. 429 and 503 carry Retry-After."""


def create_app(
    settings: Settings | None = None, *, store: Store | None = None, models: Models | None = None
) -> FastAPI:
    """The ASGI application. ``store`` and ``models`` replace those that ``settings`` describe; they are closed with it.

    Raises:
        ConfigError: the settings or the store cannot be used.
    """
    settings = settings or Settings()
    service = Service(
        settings=settings,
        store=store or Store.open(settings.database_url),
        models=models
        or Models(settings.models, runs=settings.runs, default=settings.default_model, pictures=settings.picture_model),
        gate=Gate(settings.workers, settings.queue),
        metrics=Metrics(),
        jobs=Jobs(settings.runs, settings.max_jobs, settings.stop_seconds),
        catalog=Catalog(settings.runs),
        curves=Curves(),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if settings.warm:
            service.models.warm()
        yield
        service.jobs.close()
        service.close()

    app = FastAPI(
        title="shoestring", version=__version__, description=DESCRIPTION, lifespan=lifespan,
        docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.state.service = service
    routers = [part.router for part in PARTS]
    for router in routers:
        app.include_router(router)
    declared = Declared(route for router in routers for route in router.routes)
    add_reference(app)
    add_pages(app)
    errors.install(app)
    _watch(service)
    # The last one added is the first to see a request.
    app.add_middleware(Uploads, declared=declared)
    app.add_middleware(Admission, gate=service.gate, declared=declared)
    app.add_middleware(
        BodyLimit, max_body=settings.max_body, max_image=settings.max_image, seconds=settings.body_seconds,
        declared=declared,
    )  # fmt: skip
    app.add_middleware(Guard, settings=settings, declared=declared)
    app.add_middleware(Observe, metrics=service.metrics)
    app.add_middleware(SecureHeaders)
    return app


def _watch(service: Service) -> None:
    watch = service.metrics.watch
    watch("queue", "Computations running or waiting", lambda: service.gate.pending)
    watch("streams", "Event streams that are open", lambda: service.streams)
    watch("jobs", "Training runs started here that are going", lambda: service.jobs.running)
    watch("model_load_seconds", "Time that loading the default model took", lambda: service.models.load_seconds)
    for table in ("people", "samples", "templates"):
        watch(f"{table}_rows", f"Rows of {table} in the store", partial(_rows, service, table))


def _rows(service: Service, table: str) -> float:
    return service.store.counts()[table]
