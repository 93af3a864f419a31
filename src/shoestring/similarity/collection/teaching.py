"""What a person says of pairs of rows: kept with the collection, and accepted back as what was learned of it."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from shoestring.core.database import reading, writing
from shoestring.core.errors import BadDataError, ConflictError, NotFoundError
from shoestring.similarity.collection.collection import Collection
from shoestring.similarity.collection.erase import chunks
from shoestring.similarity.collection.insert import note_change
from shoestring.similarity.collection.store import row_of
from shoestring.similarity.collection.tables import (
    collections,
    from_column,
    items,
    marked,
    taught,
    to_column,
    unmarked,
)
from shoestring.similarity.pair_lessons import Lessons
from shoestring.similarity.projection import Projection, project
from shoestring.similarity.search import Vectors
from shoestring.similarity.uncertain import uncertain_pairs

MOST_ANSWERS = 100_000
FEW = 5
"""Answers of each kind from which on they, and not the caller, say where the same ends."""
BATCH = 2000


@dataclass(frozen=True)
class Answer:
    """What somebody said of two rows."""

    number: int
    """Grows with every answer of the database."""
    first: str
    second: str
    same: bool


@dataclass(frozen=True)
class Question:
    """Two rows that somebody should compare."""

    first: str
    second: str
    score: float
    """Their cosine now."""


@dataclass(frozen=True)
class Questions:
    """Pairs near the threshold, and where it comes from."""

    threshold: float
    from_answers: bool
    """Whether the answers placed the threshold: where the same and the different are mistaken equally often."""
    pairs: Sequence[Question]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Teaching:
    """The answers about one collection. Every change is whole or not at all."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self._engine, self._id = collection.store.engine, collection.number

    def add(self, pairs: Iterable[tuple[str, str, bool]]) -> list[Answer]:
        """Store answers ``(id, id, same)``, all or none; of a pair that was answered before the new one holds.

        Raises:
            BadDataError: a row beside itself.
            NotFoundError: an id that is not in the collection.
            ConflictError: more than MOST_ANSWERS.
        """
        given = [(min(a, b), max(a, b), bool(same)) for a, b, same in pairs]
        for first, second, _ in given:
            if first == second:
                raise BadDataError(f"row {first[:80]!r} beside itself teaches nothing; nothing was stored")
        with writing(self._engine) as connection:
            self._row(connection, lock=True)
            self._check_known(connection, {identity for one in given for identity in one[:2]})
            mine = taught.c.collection == self._id
            stored = connection.scalar(select(func.count()).select_from(taught).where(mine)) or 0
            if stored + len(given) > MOST_ANSWERS:
                raise ConflictError(f"a collection has at most {MOST_ANSWERS:,} answers; nothing was stored")
            numbers = [
                connection.execute(
                    insert(taught).values(
                        collection=self._id, first=marked(first), second=marked(second), same=same, at=time.time()
                    )
                ).inserted_primary_key[0]
                for first, second, same in given
            ]
        return [Answer(number, *one) for number, one in zip(numbers, given, strict=True)]

    def undo(self, number: int | None = None) -> Answer:
        """Take back the answer ``number``, by default the last one. Raises NotFoundError."""
        with writing(self._engine) as connection:
            self._row(connection, lock=True)
            query = select(taught).where(taught.c.collection == self._id).order_by(taught.c.number.desc()).limit(1)
            found = connection.execute(query if number is None else query.where(taught.c.number == number)).first()
            if found is None:
                which = "no answer" if number is None else f"no answer {number}"
                raise NotFoundError(f"collection {self.collection.name!r} has {which} to take back")
            connection.execute(delete(taught).where(taught.c.number == found.number))
        return _answer(found)

    def answers(self) -> list[Answer]:
        """All of them, in the order in which they were given."""
        query = select(taught).where(taught.c.collection == self._id).order_by(taught.c.number)
        with reading(self._engine) as connection:
            self._row(connection)
            return [_answer(row) for row in connection.execute(query)]

    def questions(self, count: int = 10, *, threshold: float = 0.9) -> Questions:
        """Up to ``count`` pairs that nobody answered, with cosines near the threshold: there an answer says most.

        ``threshold`` is where the search begins; with FEW answers of each kind they place it. The same answers give the
        same questions.
        """
        answers = self.answers()
        vectors, ids = self.collection.vectors()
        pairs, same = _placed(settled(answers), ids)
        from_answers = min(same.sum(), (~same).sum()) >= FEW
        if from_answers:
            # Here, since statistics take a while to import and every collection would wait for them.
            from shoestring.similarity.pair_errors import boundary

            threshold = boundary((vectors[pairs[:, 0]] * vectors[pairs[:, 1]]).sum(axis=1), same)
        known = {(min(a, b), max(a, b)) for a, b in pairs.tolist()}
        draw = np.random.default_rng([answers[-1].number if answers else 0, len(ids)])
        found = uncertain_pairs(vectors, threshold, count, known, draw)
        return Questions(float(threshold), bool(from_answers), [Question(ids[a], ids[b], s) for a, b, s in found])

    def lessons(self) -> Lessons:
        """The pairs as a training takes them: their vectors and nothing that says what they are of.

        Raises:
            BadDataError: the collection was made without a model, so that nobody could make vectors of the new kind.
        """
        made = self.collection
        if made.model is None or made.source is None:
            raise BadDataError(
                f"collection {made.name!r} was made without a model: what is learned changes what makes the vectors, "
                "and nothing here makes them; make the collection with --model"
            )
        answers = self.answers()
        held = settled(answers)
        vectors, ids = self._vectors(sorted({identity for pair in held for identity in pair}))
        pairs, same = _placed(held, ids)
        return Lessons(
            vectors, pairs, same, answers=len(answers), model=made.model, source=made.source,
            modality=made.info().modality or "",
        )  # fmt: skip

    def write_lessons(self) -> Path:
        """:meth:`lessons` as a file beside the other copies of the rows; it is deleted when a row is."""
        lessons = self.lessons()
        folder = self.collection.store.cache.lessons(self._id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return lessons.write(folder)

    def accept(self, projection: Projection, source: str) -> int:
        """Replace all vectors by projected ones in one transaction; how many there are.

        Until it ends everybody sees the old ones, and if it does not end they stay. From then on the collection is of
        the model ``source``, whose vectors are those of the projection.

        Raises:
            BadDataError: the projection was learned from vectors of another model or width.
        """
        with writing(self._engine) as connection:
            row = self._row(connection, lock=True)
            if row.model == projection.fingerprint:
                return int(row.rows)
            if (row.model, row.width) != (projection.model, len(projection.matrix)):
                raise BadDataError(
                    f"collection {self.collection.name!r} holds {row.width} numbers of {row.model}, this was learned "
                    f"from {len(projection.matrix)} of {projection.model}: learn again; nothing was changed"
                )
            behind = -1
            while batch := self._batch(connection, behind):
                behind = batch[-1].number
                vectors = project(np.stack([from_column(one.vector) for one in batch]), projection.matrix)
                changed = update(items).where(items.c.number == bindparam("place")).values(vector=bindparam("value"))
                made = [to_column(connection.dialect.name, vector) for vector in vectors]
                given = [{"place": one.number, "value": value} for one, value in zip(batch, made, strict=True)]
                connection.execute(changed, given)
            values = {"model": projection.fingerprint, "source": source}
            connection.execute(update(collections).where(collections.c.id == self._id).values(**values))
            note_change(connection, row, row.rows, grown=False)
        self.collection.reload()
        return int(row.rows)

    def _batch(self, connection: Connection, behind: int) -> Sequence[Row[Any]]:
        query = select(items.c.number, items.c.vector).where(items.c.collection == self._id, items.c.number > behind)
        return connection.execute(query.order_by(items.c.number).limit(BATCH)).all()

    def _row(self, connection: Connection, *, lock: bool = False) -> Row[Any]:
        return row_of(connection, self._id, self.collection.name, lock=lock)

    def _check_known(self, connection: Connection, ids: Iterable[str]) -> None:
        for chunk in chunks(sorted(ids)):
            wanted = [marked(identity) for identity in chunk]
            query = select(items.c.id).where(items.c.collection == self._id, items.c.id.in_(wanted))
            missing = set(wanted) - set(connection.scalars(query))
            if missing:
                name = unmarked(min(missing))[:80]
                raise NotFoundError(f"collection {self.collection.name!r} has no row {name!r}; nothing was stored")

    def _vectors(self, ids: Sequence[str]) -> tuple[Vectors, list[str]]:
        """Of those rows that are still there."""
        found: dict[str, Vectors] = {}
        with reading(self._engine) as connection:
            width = self._row(connection).width or 1
            for chunk in chunks(ids):
                query = select(items.c.id, items.c.vector).where(
                    items.c.collection == self._id, items.c.id.in_([marked(one) for one in chunk])
                )
                found |= {unmarked(row.id): from_column(row.vector) for row in connection.execute(query)}
        return np.stack(list(found.values())) if found else np.empty((0, width), np.float32), list(found)


def settled(answers: Iterable[Answer]) -> Mapping[tuple[str, str], bool]:
    """What holds of each pair: the last answer."""
    return {(one.first, one.second): one.same for one in answers}


def _placed(held: Mapping[tuple[str, str], bool], ids: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Pairs as places in ``ids`` [P, 2] and whether they are the same [P], without pairs of rows that are gone."""
    place = {identity: row for row, identity in enumerate(ids)}
    there = [(place[a], place[b], same) for (a, b), same in held.items() if a in place and b in place]
    table = np.array(there, np.int64).reshape(-1, 3)
    return table[:, :2], table[:, 2].astype(bool)


def _answer(row: Row[Any]) -> Answer:
    return Answer(row.number, unmarked(row.first), unmarked(row.second), row.same)
