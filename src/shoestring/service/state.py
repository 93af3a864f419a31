"""What all routes share, handed over by the application instead of living in a module."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Path, Request

from shoestring.service.catalog import Catalog
from shoestring.service.curves import Curves
from shoestring.service.drawing import Drawings
from shoestring.service.errors import ApiError
from shoestring.service.jobs import Jobs
from shoestring.service.limits import Gate
from shoestring.service.metrics import Metrics
from shoestring.service.models import Models
from shoestring.service.settings import Settings
from shoestring.service.store import Store, clean_name
from shoestring.similarity.collection import Collections


@dataclass
class Service:
    """One running application."""

    settings: Settings
    store: Store
    models: Models
    gate: Gate
    metrics: Metrics
    jobs: Jobs
    catalog: Catalog
    curves: Curves
    drawings: Drawings = field(default_factory=Drawings)
    streams: int = 0
    """Event streams that are open."""
    closing: Callable[[], bool] = field(default=lambda: False)
    """Whether the server is about to end, so that endless answers end first."""
    _collections: Collections | None = None
    _opening: threading.Lock = field(default_factory=threading.Lock)

    @property
    def collections(self) -> Collections:
        """Opened when first used: who only verifies needs no database for them. Errors as in ``Collections.open``."""
        with self._opening:
            if self._collections is None:
                self._collections = Collections.open(self.settings.collections_url)
            return self._collections

    def close(self) -> None:
        """Wait for what is running and give all connections back."""
        self.gate.close()
        self.store.close()
        if self._collections is not None:
            self._collections.close()


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _person(person: Annotated[str, Path(max_length=1000)]) -> str:
    return clean_name(person)


async def _collection(collection: Annotated[str, Path(max_length=1000)]) -> str:
    return clean_name(collection)


async def _writer(request: Request) -> None:
    if request.state.role != "write":
        raise ApiError(403, "this changes the store, which the read token may not", "read_only_token")


Shared = Annotated[Service, Depends(_service)]
PersonName = Annotated[str, Depends(_person)]
CollectionName = Annotated[str, Depends(_collection)]
Writer = Depends(_writer)
"""For routes that change something although their method does not say so."""
