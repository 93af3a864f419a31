"""Routes of collections: searchable vectors with their texts, references and metadata."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from shoestring.core.component import component
from shoestring.core.errors import BadDataError, ConflictError, NotFoundError
from shoestring.data.rows import Row, make_row
from shoestring.recipes.embedding import Embedder, embedder_of
from shoestring.service.declared import declares
from shoestring.service.enrolment import timestamp
from shoestring.service.errors import ApiError
from shoestring.service.signatures import read_strokes
from shoestring.service.state import CollectionName, Service, Shared
from shoestring.similarity.collection import Collection, Info

router = APIRouter(prefix="/v1/collections", tags=["collections"])

MAX_LIMIT = 1000
MAX_PAIRS = 10_000


@component
class CollectionBody:
    """What makes the vectors of a collection."""

    model: str | None = None
    """A model that is served here (see ``/v1/info``), which will encode texts or strokes."""
    fingerprint: str | None = None
    """Instead of ``model``: the name of what makes the vectors that will be given."""
    width: int | None = None
    """Numbers of a vector; those of the first one if absent."""


@component
class ItemBody:
    """One row. Either every item of a request has a vector, or none."""

    id: str
    """A known id with the same content is left alone, with other content replaced."""
    text: str | None = None
    reference: str | None = None
    """Where the item is; never opened."""
    metadata: dict[str, Any] | None = None
    vector: list[float] | None = None
    strokes: dict[str, Any] | None = None
    """Page JSON, for a collection of signatures; encoded and not kept."""


@component
class ItemsBody:
    """Rows to add, all or none."""

    items: list[ItemBody]
    fingerprint: str | None = None
    """What made the vectors; refused unless it is that of the collection."""


@component
class IdsBody:
    """Rows to delete."""

    ids: list[str]


@component
class SearchBody:
    """One of ``text``, ``vector``, ``like`` and ``strokes``."""

    text: str | None = None
    vector: list[float] | None = None
    like: str | None = None
    """The id of a row of the collection."""
    strokes: dict[str, Any] | None = None
    limit: int = 10
    """Number of rows."""
    filter: dict[str, Any] | None = None
    """Values that the metadata must have; a list stands for any of its values."""
    exact: bool = True
    """False searches an index where there is one (made with ``shoestring collection search --approximate``)."""
    fingerprint: str | None = None
    """What made ``vector``."""


@component
class DuplicatesBody:
    """Which pairs."""

    threshold: float = 0.9
    """Cosine from which two rows are a pair."""
    lowest: float | None = None
    """Where the curve of thresholds ends."""
    limit: int = 1000
    """Pairs that are listed; all are counted."""


@component
class ClusterBody:
    """Either ``threshold`` or ``count``."""

    threshold: float | None = None
    count: int | None = None
    linkage: Literal["average", "complete", "single"] = "average"


@router.get("")
def list_collections(
    service: Shared,
    after: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """All collections by name, ``limit`` at a time: go on with ``after`` = the last name."""
    found = service.collections.list(after=after, limit=limit + 1)
    page = [collection_view(one) for one in found[:limit]]
    return {"collections": page, "more": len(found) > limit, "total": service.collections.count()}


@router.put("/{collection}")
def put_collection(service: Shared, collection: CollectionName, body: CollectionBody | None = None) -> JSONResponse:
    """Make an empty collection, pinned to what makes its vectors. 201 when new, 200 when there is one like that."""
    given = body or CollectionBody()
    if given.model is not None and given.fingerprint is not None:
        raise ApiError(422, "give model or fingerprint, not both", "two_models", param="model")
    fingerprint, modality = given.fingerprint, None
    if given.model is not None:
        embedder = _served(service, given.model)
        fingerprint, modality = embedder.fingerprint, embedder.modality
    try:
        made = service.collections.create(
            collection, model=fingerprint, source=given.model, modality=modality, width=given.width,
            at_most=service.settings.max_collections,
        )  # fmt: skip
    except ConflictError:
        try:
            known = service.collections.get(collection)
        except NotFoundError:
            known = None
        if known is None or known.model != fingerprint or given.width not in (None, known.info().width):
            raise
        return JSONResponse(collection_view(known.info()), 200)
    return JSONResponse(collection_view(made.info()), 201)


@router.get("/{collection}")
def get_collection(service: Shared, collection: CollectionName) -> dict[str, Any]:
    """What is known of a collection."""
    return collection_view(service.collections.get(collection).info())


@router.delete("/{collection}")
def delete_collection(service: Shared, collection: CollectionName) -> dict[str, Any]:
    """Delete a collection with all its rows, overwrite them, and search the files for what was there."""
    return service.collections.delete(collection).as_dict()


@router.get("/{collection}/items")
def get_items(
    service: Shared, collection: CollectionName,
    ids: Annotated[list[str], Query(alias="id", min_length=1, max_length=100)],
) -> dict[str, Any]:  # fmt: skip
    """Texts, references and metadata of up to 100 rows by ``id`` (repeat it); ids that are not there are left out."""
    found = service.collections.get(collection).rows(ids)
    return {"items": [{"id": row.id, "text": row.text, "reference": row.reference, "metadata": row.metadata}
                      for row in found]}  # fmt: skip


@router.put("/{collection}/items", openapi_extra=declares("computes"))
async def put_items(service: Shared, collection: CollectionName, body: ItemsBody) -> dict[str, Any]:
    """Add rows in one transaction: all of them or, after any error, none."""
    _limited(service, len(body.items), "items")
    return await service.gate.run(lambda: _add(service, collection, body))


@router.post("/{collection}/items/delete", openapi_extra=declares("computes"))
async def delete_items(service: Shared, collection: CollectionName, body: IdsBody) -> dict[str, Any]:
    """Delete rows, overwrite them, and search the files for what was there."""
    _limited(service, len(body.ids), "ids")
    return await service.gate.run(lambda: service.collections.get(collection).delete(body.ids).as_dict())


@router.post("/{collection}/search", openapi_extra=declares("computes", "reads"))
async def search(service: Shared, collection: CollectionName, body: SearchBody) -> dict[str, Any]:
    """The most similar rows, best first. The answer states whether it is exact, and the measured recall if not."""
    if not 1 <= body.limit <= MAX_LIMIT:
        raise ApiError(422, f"limit: from 1 to {MAX_LIMIT}", "out_of_range", param="limit")
    if sum(part is not None for part in (body.text, body.vector, body.like, body.strokes)) != 1:
        raise ApiError(422, "give one of text, vector, like and strokes", "one_query", param="text")
    return await service.gate.run(lambda: _search(service, service.collections.get(collection), body))


@router.post("/{collection}/duplicates", openapi_extra=declares("computes", "reads"))
async def duplicates(service: Shared, collection: CollectionName, body: DuplicatesBody) -> dict[str, Any]:
    """Pairs of rows that are alike, the groups they make, and what every other threshold would make."""
    if not 0 <= body.limit <= MAX_PAIRS:
        raise ApiError(422, f"limit: from 0 to {MAX_PAIRS}", "out_of_range", param="limit")

    def work() -> dict[str, Any]:
        found = _comparable(service, collection)
        return found.duplicates(body.threshold, lowest=body.lowest, at_most=body.limit).as_dict()

    return await service.gate.run(work)


@router.post("/{collection}/cluster", openapi_extra=declares("computes", "reads"))
async def cluster(service: Shared, collection: CollectionName, body: ClusterBody) -> dict[str, Any]:
    """Every row in one group: down to a similarity of ``threshold``, or until ``count`` groups are left."""

    def work() -> dict[str, Any]:
        found = _comparable(service, collection)
        return found.cluster(threshold=body.threshold, count=body.count, linkage=body.linkage).as_dict()

    return await service.gate.run(work)


def collection_view(info: Info) -> dict[str, Any]:
    """A collection as JSON. ``source`` stays here: made on the command line, it may be a path."""
    return {
        "name": info.name, "fingerprint": info.model, "modality": info.modality, "width": info.width, "rows": info.rows,
        "created": timestamp(info.created),
    }  # fmt: skip


def _add(service: Service, name: str, body: ItemsBody) -> dict[str, Any]:
    found = service.collections.get(name)
    rows = [_row(place, item) for place, item in enumerate(body.items)]
    drawn = [item.strokes for item in body.items if item.strokes is not None]
    if drawn and (len(drawn) < len(rows) or any(row.vector is not None for row in rows)):
        raise ApiError(422, "give strokes with every item and no vectors, or with none", "mixed_items", param="items")
    items = [read_strokes(strokes)[0] for strokes in drawn] or None
    given = bool(rows) and rows[0].vector is not None
    encoder = None if given or not rows else _embedder(service, found, "signature" if drawn else "text")
    at_most = service.settings.max_rows
    done = found.add(
        rows, encoder=encoder, items=items, model=body.fingerprint if given else found.model, at_most=at_most
    )
    return vars(done) | {"collection": collection_view(found.info())}


def _row(place: int, item: ItemBody) -> Row:
    record: Mapping[str, Any] = {
        "id": item.id, "text": item.text, "reference": item.reference, "metadata": item.metadata, "vector": item.vector,
    }  # fmt: skip
    try:
        return make_row(record)
    except BadDataError as error:
        raise ApiError(422, f"item {place}: {error}; nothing was added", "bad_item", param=f"items.{place}") from error


def _search(service: Service, found: Collection, body: SearchBody) -> dict[str, Any]:
    encoder: Embedder | None = None
    stated = found.model
    query: Any
    if body.text is not None:
        if "\x00" in body.text or not body.text.strip():
            raise ApiError(422, "text: empty, or with a NUL character", "bad_text", param="text")
        query, encoder = body.text, _embedder(service, found, "text")
    elif body.strokes is not None:
        query, encoder = read_strokes(body.strokes)[0], _embedder(service, found, "signature")
    elif body.like is not None:
        query = found.vector_of(body.like)
    else:
        query, stated = body.vector, body.fingerprint
    answer = found.search(
        query, k=body.limit, filter=body.filter, encoder=encoder, model=stated, exact=body.exact, build=False
    )
    return {
        "hits": [vars(hit) for hit in answer.hits], "exact": answer.exact, "recall": answer.recall,
        "searched": answer.searched, "note": answer.note or None,
    }  # fmt: skip


def _comparable(service: Service, name: str) -> Collection:
    """A collection whose pairs may be compared within a request."""
    found = service.collections.get(name)
    rows, most = found.info().rows, service.settings.max_compared
    if rows > most:
        raise ApiError(
            422, f"{rows:,} rows: a request compares at most {most:,} with one another; use shoestring collection",
            "too_many_rows",
        )  # fmt: skip
    return found


def _embedder(service: Service, found: Collection, takes: str) -> Embedder:
    """The served model that made the vectors of a collection, if it takes such items. Raises ApiError."""
    if found.model is None:
        raise ApiError(422, "this collection was made without a model: give vectors", "vectors_only", param="vector")
    name = _model_name(service, found)
    if name is None:
        raise ApiError(
            409, f"no model with the fingerprint {found.model} is served here: give vectors", "no_model", param="text"
        )
    embedder = _served(service, name)
    if embedder.modality != takes:
        raise ApiError(
            422, f"the model of this collection takes items of kind {embedder.modality}, not {takes}", "wrong_modality"
        )
    return embedder


def _model_name(service: Service, found: Collection) -> str | None:
    """Compared with the names that are served, so that no stored value becomes a path."""
    names: Sequence[str] = service.models.names()
    likely = [name for name in (found.source, f"run:{found.source}") if name in names]
    ordered = [*likely, *(name for name in names if name not in likely)]
    return next(
        (name for name in ordered if name and service.models.describe(name).get("fingerprint") == found.model), None
    )


def _served(service: Service, name: str) -> Embedder:
    """A served model as an encoder. Raises NotFoundError, ConfigError, ApiError while it loads."""
    return embedder_of(service.models.model(name), f"model {name!r}")


def _limited(service: Service, count: int, param: str) -> None:
    most = service.settings.max_items
    if count > most:
        raise ApiError(413, f"{count} {param}; at most {most} in a request", "too_many_items", param=param)
