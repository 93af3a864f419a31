"""Routes of text encoders: vectors in the shape that clients of OpenAI expect, and likeness."""

import base64
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter

from shoestring.core.component import component
from shoestring.data.rows import MAX_TEXT
from shoestring.data.text_rows import is_text
from shoestring.service.declared import declares
from shoestring.service.errors import ApiError
from shoestring.service.state import Service, Shared

if TYPE_CHECKING:
    from shoestring.similarity.text_model import TextEncoder

router = APIRouter(prefix="/v1", tags=["texts"])

DEFAULT = "text"
MAX_COMPARED = 1_000_000
"""Cosines in one answer."""


@component
class EmbeddingsBody:
    """Texts to encode."""

    input: str | list[str]
    """One text, or a list of them."""
    model: str = DEFAULT
    """A text encoder of ``/v1/info``."""
    encoding_format: Literal["base64", "float"] = "base64"
    """``base64``: little-endian float32; ``float``: a list of numbers, three times the bytes."""
    dimensions: int | None = None
    """Must be the width of the model if given: vectors are never cut."""
    user: str | None = None
    """Ignored."""


@component
class SimilarityBody:
    """Two lists of texts to compare."""

    left: list[str]
    right: list[str]
    model: str = DEFAULT
    """A text encoder of ``/v1/info``."""


@router.post("/embeddings", openapi_extra=declares("computes", "reads"))
async def embeddings(service: Shared, body: EmbeddingsBody) -> dict[str, Any]:
    """Unit vectors of texts, as ``client.embeddings.create`` of the openai package reads them."""
    texts = [body.input] if isinstance(body.input, str) else body.input
    _check(service, texts, "input")
    return await service.gate.run(lambda: embed(service, texts, body))


@router.post("/similarity", openapi_extra=declares("computes", "reads"))
async def similarity(service: Shared, body: SimilarityBody) -> dict[str, Any]:
    """Cosines of each text of ``left`` with each of ``right``, from -1 to 1, row by row."""
    for texts, name in ((body.left, "left"), (body.right, "right")):
        _check(service, texts, name)
    if len(body.left) * len(body.right) > MAX_COMPARED:
        raise ApiError(413, f"more than {MAX_COMPARED:,} comparisons in one request", "too_many_items")
    return await service.gate.run(lambda: compare(service, body))


def embed(service: Service, texts: list[str], body: EmbeddingsBody) -> dict[str, Any]:
    """The answer of ``/v1/embeddings``. Raises ApiError, NotFoundError."""
    encoder = _encoder(service, body.model)
    if body.dimensions is not None and body.dimensions != encoder.width:
        message = f"dimensions: {body.model!r} has {encoder.width} and they are never cut"
        raise ApiError(422, message, "out_of_range", param="dimensions")
    vectors = encoder.encode(texts)
    tokens = int(encoder.network.prepare(texts).lengths.sum())
    data = [
        {"object": "embedding", "index": place, "embedding":
         base64.b64encode(row.astype("<f4").tobytes()).decode() if body.encoding_format == "base64" else row.tolist()}
        for place, row in enumerate(vectors)
    ]  # fmt: skip
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {
        "object": "list", "data": data, "model": body.model, "usage": usage, "fingerprint": encoder.fingerprint,
    }  # fmt: skip


def compare(service: Service, body: SimilarityBody) -> dict[str, Any]:
    """The answer of ``/v1/similarity``. Raises ApiError, NotFoundError."""
    encoder = _encoder(service, body.model)
    found = encoder.similarity(body.left, body.right)
    return {"similarity": found.tolist(), "model": body.model, "fingerprint": encoder.fingerprint}


def _encoder(service: Service, name: str) -> "TextEncoder":
    model = service.models.model(name)
    if model.kind != "text-encoder":
        raise ApiError(422, f"model {name!r} is a {model.kind}, not a text encoder", "wrong_model", param="model")
    encoder: TextEncoder = model
    return encoder


def _check(service: Service, texts: list[str], name: str) -> None:
    most = service.settings.max_items
    if not texts:
        raise ApiError(422, f"{name}: give at least one text", "empty", param=name)
    if len(texts) > most:
        raise ApiError(413, f"{len(texts)} texts in {name}; at most {most} in a request", "too_many_items", param=name)
    for place, text in enumerate(texts):
        if not text.strip():
            raise ApiError(422, f"{name}: text {place} is empty", "empty", param=name)
        if len(text) > MAX_TEXT:
            raise ApiError(413, f"{name}: text {place} has more than {MAX_TEXT:,} characters", "too_large", param=name)
        if not is_text(text):
            raise ApiError(422, f"{name}: text {place} holds half a surrogate pair", "not_text", param=name)
