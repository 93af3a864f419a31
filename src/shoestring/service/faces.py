"""Routes for pictures: where the face is and whether it will do, and what this gallery says about a threshold."""

import base64
import math
from typing import Any

import numpy as np
from fastapi import APIRouter
from numpy.typing import NDArray

from shoestring.core.component import component
from shoestring.data.image_decode import encode_png
from shoestring.service.declared import declares
from shoestring.service.errors import ApiError
from shoestring.service.models import PICTURES
from shoestring.service.pictures import look, read_image
from shoestring.service.state import Service, Shared

router = APIRouter(prefix="/v1", tags=["faces"])

MAX_GALLERY = 2000
"""Pictures that are compared: the work grows with people times pictures."""


@component
class FaceBody:
    """One picture in which a face is looked for."""

    image: str
    """A picture file in Base64 (or send multipart/form-data with a file ``image``)."""


@router.post("/faces", openapi_extra=declares("computes", "reads", "pictures"))
async def find_faces(service: Shared, body: FaceBody) -> dict[str, Any]:
    """The faces of a picture, the crop that would be compared, and every reason against it. Nothing is kept."""
    return await service.gate.run(lambda: faces_of(body.image))


@router.get("/gallery", openapi_extra=declares("computes"))
async def get_gallery(service: Shared, model: str | None = None) -> dict[str, Any]:
    """Scores of the same and of different people among the enrolled pictures, and error rates by threshold.

    ``missing`` says what has to be enrolled before there is anything to show.
    """
    return await service.gate.run(lambda: gallery_of(service, model))


def faces_of(image: str) -> dict[str, Any]:
    """The answer of ``POST /v1/faces``. Raises ApiError 422 for what is no picture."""
    picture = read_image(image)
    found = look(picture)
    return {
        "width": picture.width, "height": picture.height, "faces": [box._asdict() for box in found.boxes],
        "crop": None if found.crop is None else base64.b64encode(encode_png(found.crop)).decode(),
        "sharpness": found.sharpness, "refusals": [refusal._asdict() for refusal in found.refusals],
    }  # fmt: skip


def gallery_of(service: Service, model: str | None) -> dict[str, Any]:
    """The answer of ``GET /v1/gallery``. Raises NotFoundError, ApiError."""
    from shoestring.similarity.encoded import Encoded, EncodingMatcher
    from shoestring.similarity.gallery import compare_gallery, gallery_scores, lacking

    name = model or service.models.default_of(PICTURES)
    if name is None:
        return _empty(None, ("no model for pictures is here yet: train one, or serve one",))
    verifier = service.models.verifier(name)
    if verifier.modality not in PICTURES or not isinstance(verifier.matcher, EncodingMatcher):
        raise ApiError(
            422, f"model {name!r} does not compare stored vectors of pictures", "wrong_modality", param="model"
        )
    stored = service.store.vectors(verifier.matcher.maker, at_most=MAX_GALLERY + 1)
    items: dict[str, list[Any]] = {}
    for person, sample in stored[:MAX_GALLERY]:
        if sample.vector is not None:
            items.setdefault(person, []).append(Encoded(sample.vector, sample.maker or ""))
    if missing := lacking(items):
        return _empty(name, missing)
    points = verifier.calibration.points
    comparisons = compare_gallery(verifier, items)
    scores = gallery_scores(comparisons, (points.accept, points.reject))
    curves = {"false_accept": scores.false_accept, "false_reject": scores.false_reject}
    return _empty(name, ()) | {
        "fingerprint": verifier.fingerprint, "people": len(items),
        "people_with_two": sum(len(mine) > 1 for mine in items.values()),
        "samples": sum(len(mine) for mine in items.values()), "complete": len(stored) <= MAX_GALLERY,
        "same_pairs": comparisons.count("genuine"), "different_pairs": comparisons.count("random"),
        "accept": _number(points.accept), "reject_below": _number(points.reject),
        "histogram": {
            "edges": _list(scores.edges), "same": scores.same.tolist(), "different": scores.different.tolist()
        },
        "threshold": _list(scores.threshold),
        **{
            rate: {"seen": _list(curve.seen), "low": _list(curve.low), "high": _list(curve.high),
                   "upper95": _list(curve.upper95)}
            for rate, curve in curves.items()
        },
    }  # fmt: skip


def _empty(model: str | None, missing: tuple[str, ...]) -> dict[str, Any]:
    return {
        "model": model, "missing": list(missing), "fingerprint": None, "people": 0, "people_with_two": 0, "samples": 0,
        "complete": True, "same_pairs": 0, "different_pairs": 0, "accept": None, "reject_below": None,
        "histogram": None, "threshold": [], "false_accept": None, "false_reject": None,
    }  # fmt: skip


def _list(values: NDArray[np.float64]) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
