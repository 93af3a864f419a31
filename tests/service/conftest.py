"""A store on either database, a verifier that is small and real, and servers that answer over real sockets."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import uvicorn

from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.data.stroke_page import to_page_json
from shoestring.service.app import create_app
from shoestring.service.models import Models
from shoestring.service.server import bind
from shoestring.service.settings import Settings
from shoestring.service.store import Store
from shoestring.similarity.calibration import Targets
from shoestring.similarity.verifier import Verifier
from tests.service.drawn import drawn_photos, drawn_verifier
from tests.service.matcher import TraceMatcher


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = Store.open(database)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def people():
    """Synthetic writers: 8 genuine signatures and 4 forgeries each."""
    return synthetic_set(14, 8, 4, seed=5)


@pytest.fixture(scope="session")
def verifier(people) -> Verifier:
    """Calibrated on the last ten writers; the first four are for the tests."""
    calibration = people.subset(
        [int(name) for name in range(len(people)) if people.identity[name] in people_names(people)[4:]]
    )
    # Ten people support a promise of one in two, and none that anybody would want.
    return Verifier.calibrate(TraceMatcher(), calibration, references=3, targets=Targets(0.5, 0.5), title="for tests")


def people_names(people) -> list[str]:
    return list(dict.fromkeys(people.identity.tolist()))


@pytest.fixture(scope="session")
def pages(people) -> list[list[dict]]:
    """Of the first four writers, the page captures: 8 genuine, then 4 forgeries."""
    return [
        [to_page_json(people[row]) for row in range(len(people)) if people.identity[row] == name]
        for name in people_names(people)[:4]
    ]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(port=0, runs=tmp_path / "runs", database=f"sqlite:///{tmp_path / 'people.sqlite'}", warm=False)


@pytest.fixture
def models(verifier: Verifier) -> Models:
    served = Models({}, default="pen")
    served.add("pen", verifier)
    return served


@pytest.fixture
def serve(settings: Settings, models: Models) -> Iterator[Callable[..., httpx.Client]]:
    """Start a server with other settings; gives a client that speaks to it over a socket."""
    ending: list[Callable[[], None]] = []

    def start(*, served: Models | None = models, store: Store | None = None, **changes) -> httpx.Client:
        chosen = replace(settings, **changes)
        app = create_app(chosen, models=served, store=store)
        server = uvicorn.Server(
            uvicorn.Config(app, access_log=False, log_level="warning", ws="none", timeout_graceful_shutdown=5)
        )
        app.state.service.closing = lambda: server.should_exit
        listener = bind("127.0.0.1", 0)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        client = httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=120)
        # For the tests that look behind the routes.
        client.app, client.server = app, server

        def end() -> None:
            client.close()
            server.should_exit = True
            thread.join()
            listener.close()

        ending.append(end)
        return client

    yield start
    for end in ending:
        end()


@pytest.fixture
def client(serve: Callable[..., httpx.Client]) -> httpx.Client:
    return serve()


@pytest.fixture(scope="session")
def face_verifier() -> Verifier:
    return drawn_verifier()


@pytest.fixture(scope="session")
def photos() -> list[list[bytes]]:
    """Of three drawn people four pictures each, as PNG files."""
    return drawn_photos()


@pytest.fixture
def both(models: Models, face_verifier: Verifier) -> Models:
    """The models of signatures and of faces."""
    models.add("faces", face_verifier)
    return models
