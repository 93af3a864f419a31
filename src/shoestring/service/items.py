"""What an item is to the routes, whatever its modality."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shoestring.service.store import Enrolment, NewSample, Sample

if TYPE_CHECKING:
    from shoestring.similarity.verifier import Verifier


class Body(Protocol):
    """Of a request: exactly one of the two."""

    @property
    def strokes(self) -> dict[str, Any] | None: ...

    @property
    def image(self) -> str | None: ...


@dataclass(frozen=True)
class Given:
    """One item, ready to be compared and to be kept."""

    item: Any
    """What the matcher takes."""
    kept: NewSample
    quality: dict[str, Any] | None = None
    """What was measured of a picture."""


class Modality(Protocol):
    """How items of one kind are handled."""

    def prepare(self, read: Any, body: Any, verifier: "Verifier", *, keep_images: bool) -> Given:
        """What is compared and what would be kept of a body that was read. Raises ApiError 422."""
        ...

    def restore(self, samples: Sequence[Sample], verifier: "Verifier") -> list[Any]:
        """Items of stored samples, for a template. Raises ApiError 409 when none of them fits the model."""
        ...

    def replay(self, given: Given, known: Enrolment) -> dict[str, Any]:
        """How near the nearest stored sample is, and whether that is nearer than a second sample can be."""
        ...

    def device_warning(self, given: Given, known: Enrolment) -> str | None:
        """What is to be said when the devices differ."""
        ...
