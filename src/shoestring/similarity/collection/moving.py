"""Copying a collection to another database, in batches that may be repeated, and comparing the two at the end."""

import json
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from shoestring.core.database import reading
from shoestring.core.errors import ConflictError, NotFoundError
from shoestring.data.rows import Row
from shoestring.similarity.collection.collection import Collection
from shoestring.similarity.collection.store import Collections
from shoestring.similarity.collection.tables import from_column, items, unmarked
from shoestring.similarity.collection.teaching import Teaching, settled
from shoestring.similarity.pairs import Tick

BATCH = 1000
COMPARED = 100
PLACES = 10


@dataclass(frozen=True)
class Moved:
    """What was copied, and what the comparison found."""

    rows: int
    """Of the source."""
    copied: int
    """New or changed in the target; with ``dry_run`` those that would be."""
    unchanged: int
    target_rows: int
    recall: float | None
    """Share of the PLACES nearest rows in the source that are found in the target too, over COMPARED stored rows."""
    complete: bool
    """Whether the counts agree and every neighbour was found."""
    dry_run: bool


def move(
    source: Collections, target: Collections, name: str, *, dry_run: bool = False, tick: Tick | None = None
) -> Moved:
    """Copy the collection ``name`` into ``target``; the source stays as it is.

    Every batch is a transaction: after an interruption the same call goes on, and rows that are there already are left
    alone.

    Raises:
        NotFoundError: no such collection.
        ConflictError: the target has one of this name for another model or width.
    """
    ours = source.get(name)
    info = ours.info()
    try:
        theirs: Collection | None = target.get(name)
    except NotFoundError:
        theirs = None
    if theirs is not None and (theirs.model != info.model or theirs.info().width not in (None, info.width)):
        raise ConflictError(
            f"the target has a collection {name!r} of model {theirs.model}, this one is of {info.model}"
        )
    if theirs is None and not dry_run:
        theirs = target.create(name, model=info.model, source=info.source, modality=info.modality, width=info.width)
    copied = unchanged = done = 0
    behind = -1
    while rows := _batch(source, ours, behind):
        behind = rows[-1][0]
        if theirs is None or dry_run:
            copied += len(rows)
        else:
            added = theirs.add([row for _, row in rows], model=info.model)
            copied += added.added + added.replaced
            unchanged += added.unchanged
        done += len(rows)
        if tick is not None:
            tick(done, info.rows)
    if theirs is None or dry_run:
        return Moved(info.rows, copied, 0, 0 if theirs is None else len(theirs), None, False, True)
    _move_answers(ours, theirs)
    recall = compare(ours, theirs)
    count = len(theirs)
    return Moved(info.rows, copied, unchanged, count, recall, count == len(ours) and recall == 1.0, False)


def _move_answers(ours: Collection, theirs: Collection) -> None:
    """What holds of each pair, where the target does not say so already."""
    known = settled(Teaching(theirs).answers())
    held = settled(Teaching(ours).answers())
    Teaching(theirs).add((*pair, same) for pair, same in held.items() if known.get(pair) != same)


def compare(ours: Collection, theirs: Collection) -> float:
    """Share of the nearest rows in ``ours`` that ``theirs`` finds too.

    Where several are equally near, which of them come last is left to the database: those count as found.
    """
    vectors, ids = ours.vectors()
    if not ids:
        return 1.0
    shares = []
    for place in np.unique(np.linspace(0, len(ids) - 1, COMPARED).astype(int)).tolist():
        here = ours.search(vectors[place], k=PLACES, model=ours.model).hits
        there = theirs.search(vectors[place], k=PLACES, model=ours.model).hits
        known = {hit.id for hit in there}
        last = there[-1].score if len(there) == len(here) else np.nan
        shares.append(np.mean([hit.id in known or abs(hit.score - last) <= 1e-6 for hit in here]))
    return float(np.mean(shares))


def _batch(store: Collections, collection: Collection, behind: int) -> list[tuple[int, Row]]:
    query = select(items).where(items.c.collection == collection.number, items.c.number > behind)
    with reading(store.engine) as connection:
        rows = connection.execute(query.order_by(items.c.number).limit(BATCH)).all()
    return [
        (
            row.number,
            Row(unmarked(row.id), row.text, row.reference, json.loads(row.metadata), from_column(row.vector)),
        )
        for row in rows
    ]
