"""Pen signatures: page captures, kept as they were drawn."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from shoestring.core.errors import BadDataError
from shoestring.data.stroke_page import from_page_json, page_capture
from shoestring.data.strokes import Signature
from shoestring.service.errors import ApiError
from shoestring.service.items import Given
from shoestring.service.store import Enrolment, NewSample, Sample
from shoestring.similarity.replay import COPY_BELOW, difference, trace

if TYPE_CHECKING:
    from shoestring.similarity.verifier import Verifier


def read_strokes(strokes: Mapping[str, Any]) -> tuple[Signature, list[str]]:
    """The signature in a page capture, and one sentence for each repair. Raises ApiError 422."""
    try:
        return page_capture(strokes).signature()
    except BadDataError as error:
        raise ApiError(422, str(error), "bad_strokes", param="strokes") from error


class Signatures:
    """A :class:`shoestring.service.items.Modality`."""

    def prepare(self, read: Signature, body: Any, verifier: "Verifier", *, keep_images: bool) -> Given:
        """The signature itself; the whole capture would be kept."""
        capture = {"strokes": body.strokes, "capture": dict(getattr(body, "capture", None) or {})}
        pointer = str(body.strokes.get("pointer", ""))
        kept = NewSample(pointer=pointer, points=len(read), capture=capture, trace=trace(read).tobytes())
        return Given(read, kept)

    def restore(self, samples: Sequence[Sample], verifier: "Verifier") -> list[Any]:
        """The signatures as they were drawn."""
        return [from_page_json((sample.capture or {})["strokes"]) for sample in samples]

    def replay(self, given: Given, known: Enrolment) -> dict[str, Any]:
        """How near the nearest stored sample is, and whether that is nearer than any hand repeats itself."""
        drawn = _path(given.kept.trace)
        differences = {sample: difference(drawn, _path(other)) for sample, other in known.traces.items()}
        nearest = min(differences, key=lambda sample: differences[sample], default=None)
        value = None if nearest is None else differences[nearest]
        suspected = value is not None and value < COPY_BELOW
        message = (
            f"This repeats the stored sample {nearest}: no hand writes the same signature twice." if suspected else None
        )
        return {
            "suspected": suspected, "message": message, "nearest_sample": nearest, "difference": value,
            "copy_below": COPY_BELOW,
        }  # fmt: skip

    def device_warning(self, given: Given, known: Enrolment) -> str | None:
        """Scores across pens, fingers and mice are lower than they should be."""
        if given.kept.pointer in known.pointers or not known.pointers:
            return None
        others = ", ".join(sorted(known.pointers))
        return f"drawn with {given.kept.pointer}, enrolled with {others}: the score is lower than it should be"


def _path(stored: bytes) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.frombuffer(stored, np.float32).reshape(-1, 2)
