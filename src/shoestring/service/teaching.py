"""Routes of what a person teaches a collection: pairs that are the same or different, and what is learned of them."""

import json
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query

from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.recipes.loading import run_model
from shoestring.service.catalog import RUN_ID
from shoestring.service.collections import collection_view
from shoestring.service.declared import declares
from shoestring.service.errors import ApiError
from shoestring.service.state import CollectionName, Service, Shared
from shoestring.similarity.collection import Answer, Teaching
from shoestring.similarity.collection.teaching import settled
from shoestring.similarity.pair_lessons import FOLDS, LEAST
from shoestring.similarity.projection import Projection

router = APIRouter(prefix="/v1/collections", tags=["collections"])

PRESET = "taught-pairs"
MAX_QUESTIONS = 100


@component
class PairBody:
    """What somebody says of two rows."""

    first: str
    """An id."""
    second: str
    same: bool


@component
class PairsBody:
    """Answers to store, all or none."""

    pairs: list[PairBody]


@component
class QuestionsBody:
    """Which pairs to ask about."""

    count: int = 10
    threshold: float = 0.9
    """Where to look until there are five answers of each kind, which then place the threshold."""


@component
class LearnBody:
    """How to learn."""

    seed: int | None = None


@component
class AcceptBody:
    """What was learned."""

    run: str


@router.get("/{collection}/pairs")
def list_pairs(
    service: Shared, collection: CollectionName, limit: Annotated[int, Query(ge=0, le=1000)] = 20
) -> dict[str, Any]:
    """The answers, the newest first, and how many pairs they settle; ``accepted``: the run whose vectors are in use."""
    found = service.collections.get(collection)
    answers = Teaching(found).answers()
    # Made on the command line a source may be a path, which is nobody's business here.
    source = found.source or ""
    accepted = source if RUN_ID.fullmatch(source) and (service.catalog.root / source).is_dir() else None
    return {**_counts(answers), "accepted": accepted, "answers": [vars(one) for one in answers[::-1][:limit]]}


@router.post("/{collection}/pairs", status_code=201)
def add_pairs(service: Shared, collection: CollectionName, body: PairsBody) -> dict[str, Any]:
    """Store what somebody says of pairs; of a pair that was answered before the new answer holds."""
    most = service.settings.max_items
    if not 1 <= len(body.pairs) <= most:
        raise ApiError(413, f"{len(body.pairs)} pairs; from 1 to {most} in a request", "too_many_items", param="pairs")
    teaching = Teaching(service.collections.get(collection))
    added = teaching.add((one.first, one.second, one.same) for one in body.pairs)
    return {**_counts(teaching.answers()), "added": [vars(one) for one in added]}


@router.delete("/{collection}/pairs/{number}")
def take_back(service: Shared, collection: CollectionName, number: int) -> dict[str, Any]:
    """Take an answer back."""
    teaching = Teaching(service.collections.get(collection))
    taken = teaching.undo(number)
    return {**_counts(teaching.answers()), "taken": vars(taken)}


@router.post("/{collection}/pairs/questions", openapi_extra=declares("computes", "reads"))
async def ask(service: Shared, collection: CollectionName, body: QuestionsBody) -> dict[str, Any]:
    """Pairs that nobody answered, near the threshold, with what the rows hold."""
    if not 1 <= body.count <= MAX_QUESTIONS or not -1 <= body.threshold <= 1:
        raise ApiError(422, f"count: from 1 to {MAX_QUESTIONS}; threshold: from -1 to 1", "out_of_range", param="count")
    return await service.gate.run(lambda: _questions(service, collection, body))


@router.post("/{collection}/learn", status_code=201)
def learn(service: Shared, collection: CollectionName, body: LearnBody | None = None) -> dict[str, Any]:
    """Learn from the answers in a run of its own (see ``/v1/runs/{run}/events``). The collection stays as it is."""
    # Statistics take a while to import, and only this needs them.
    from shoestring.similarity.pair_errors import check_enough, folds_of, groups_of

    found = service.collections.get(collection)
    teaching = Teaching(found)
    try:
        lessons = teaching.lessons()
        group = groups_of(lessons.pairs)
        check_enough(lessons.same, group, folds_of(group, FOLDS, np.random.default_rng(0)))
    except BadDataError as error:
        raise ApiError(422, str(error), "too_few_pairs") from error
    given = {"data": str(teaching.write_lessons()), "collection": found.name}
    overrides = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in given.items()]
    return {"run": service.jobs.train(PRESET, overrides, seed=None if body is None else body.seed)}


@router.post("/{collection}/accept", openapi_extra=declares("computes"))
async def accept(service: Shared, collection: CollectionName, body: AcceptBody) -> dict[str, Any]:
    """Replace the vectors of all rows by those that a run learned, in one transaction: all of them, or none."""
    return await service.gate.run(lambda: _accept(service, collection, body.run))


def _questions(service: Service, name: str, body: QuestionsBody) -> dict[str, Any]:
    found = service.collections.get(name)
    asked = Teaching(found).questions(body.count, threshold=body.threshold)
    ids = list(dict.fromkeys(one for pair in asked.pairs for one in (pair.first, pair.second)))
    rows = {row.id: {"id": row.id, "text": row.text, "reference": row.reference, "metadata": row.metadata}
            for row in found.rows(ids)}  # fmt: skip
    pairs = [
        {"first": rows[pair.first], "second": rows[pair.second], "score": pair.score}
        for pair in asked.pairs
        if {pair.first, pair.second} <= set(rows)
    ]
    return {"threshold": asked.threshold, "from_answers": asked.from_answers, "pairs": pairs}


def _accept(service: Service, name: str, run: str) -> dict[str, Any]:
    folder = service.catalog.find(run)
    status = folder.info().get("status")
    if status != "done":
        raise ApiError(409, f"{run} is {status}: only what was learned to its end can be accepted", "not_done")
    found = service.collections.get(name)
    rows = Teaching(found).accept(Projection.read(run_model(folder)), folder.id)
    return {"replaced": rows, "collection": collection_view(found.info())}


def _counts(answers: list[Answer]) -> dict[str, Any]:
    held = settled(answers)
    same = sum(held.values())
    return {"same": same, "different": len(held) - same, "given": len(answers), "least": LEAST}
