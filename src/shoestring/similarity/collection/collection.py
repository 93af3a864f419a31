"""A collection: add, search, duplicates, cluster, delete."""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from shoestring.core.database import reading, writing
from shoestring.core.errors import BadDataError, ConflictError, NotFoundError
from shoestring.data.rows import Row as Item
from shoestring.data.rows import make_vector, rows_of
from shoestring.similarity.cluster import Linkage, Tree, agglomerate
from shoestring.similarity.collection import approximate, erase, insert, nearest
from shoestring.similarity.collection.cache import Cached
from shoestring.similarity.collection.records import (
    Added,
    Clusters,
    Duplicates,
    Encoder,
    Erased,
    Found,
    Hit,
    Info,
    in_groups,
)
from shoestring.similarity.collection.tables import from_column, items, marked, unmarked
from shoestring.similarity.pairs import MOST_PAIRS, Tick, pairs_and_forest
from shoestring.similarity.search import Vectors, unit

if TYPE_CHECKING:
    from shoestring.similarity.collection.store import Collections

ENCODED_AT_ONCE = 4096
IN_MEMORY = 256 * 2**20
"""Bytes of vectors; more are put into a temporary file before they are stored."""
MAX_LIMIT = 10_000


class Collection:
    """Named rows with unit vectors, pinned to the model that makes them. Every change is whole or not at all."""

    def __init__(self, store: "Collections", number: int, info: Info) -> None:
        """Not for users: see :meth:`open` and :meth:`create`."""
        self._store, self._id, self._made = store, number, info

    @classmethod
    def open(cls, name: str, *, database: str | None = None) -> Self:
        """The collection ``name``. Errors as in ``Collections.open`` and ``get``."""
        from shoestring.similarity.collection.store import Collections

        store = Collections.open(database)
        try:
            found = store.get(name)
        except BaseException:
            store.close()
            raise
        return cls(store, found._id, found._made)

    @classmethod
    def create(
        cls, name: str, *, encoder: Encoder | None = None, model: str | None = None, source: str | None = None,
        width: int | None = None, database: str | None = None,
    ) -> Self:  # fmt: skip
        """Make an empty collection for the vectors of ``encoder``, or of the fingerprint ``model``.

        ``source`` is what to load to make further vectors, such as the folder of the encoder: with it the command line
        searches by text without being told the model again. Errors as in ``Collections.open`` and ``create``.
        """
        from shoestring.similarity.collection.store import Collections

        store = Collections.open(database)
        try:
            fingerprint = model if encoder is None else encoder.fingerprint
            modality = getattr(encoder, "modality", None)
            made = store.create(name, model=fingerprint, source=source, modality=modality, width=width)
        except BaseException:
            store.close()
            raise
        return cls(store, made._id, made._made)

    def close(self) -> None:
        """Give the connections back."""
        self._store.close()

    @property
    def name(self) -> str:
        """As it was given."""
        return self._made.name

    @property
    def model(self) -> str | None:
        """Fingerprint of what makes the vectors; None where nobody said."""
        return self._made.model

    @property
    def store(self) -> "Collections":
        """The collections that it is one of."""
        return self._store

    @property
    def number(self) -> int:
        """Its key in the database."""
        return self._id

    @property
    def source(self) -> str | None:
        """What to load to make further vectors."""
        return self._made.source

    def info(self) -> Info:
        """What is known of it now. Raises NotFoundError when it was deleted."""
        from shoestring.similarity.collection.store import info_of, row_of

        with reading(self._store.engine) as connection:
            return info_of(row_of(connection, self._id, self.name))

    def reload(self) -> None:
        """Take note of a change of model."""
        self._made = self.info()

    def __len__(self) -> int:
        return self.info().rows

    def add(
        self, rows: Iterable[Item | Mapping[str, Any] | str], *, encoder: Encoder | None = None,
        items: Sequence[Any] | None = None, model: str | None = None, at_most: int | None = None,
        tick: Tick | None = None,
    ) -> Added:  # fmt: skip
        """Add rows in one transaction: all of them or, after any error, none.

        A known id with the same content is left alone, with other content replaced; so the same call may be repeated.

        Args:
            rows: texts, mappings ``{id, text, reference, metadata, vector}`` or ``Row``; see ``data.rows``.
            encoder: makes the vectors where rows have none.
            items: what the encoder takes for each row; by default the texts.
            model: fingerprint of what made the given vectors.
            at_most: rows that the collection may have.
            tick: is told how many of how many rows have vectors.

        Raises:
            BadDataError: a row that is no row, no or several kinds of vectors, another model or width.
            ConflictError: more than ``at_most`` rows.
        """
        checked = rows_of(rows)
        given = sum(row.vector is not None for row in checked)
        if given and (given < len(checked) or encoder is not None):
            raise BadDataError("give a vector with every row, or none and an encoder")
        if encoder is None:
            if checked and not given:
                raise BadDataError("rows without vectors need an encoder")
            self.check_model(model)
            vectors = self._given(checked)
        else:
            self.check_model(encoder.fingerprint)
            if items is None:
                checked, known = self._changed(checked)
            else:
                known = 0
            vectors = self._encoded(checked, items, encoder, tick)
        with writing(self._store.engine) as connection:
            locked = self._row(connection, lock=True)
            done = insert.insert_rows(connection, locked, checked, vectors, at_most=at_most)
        if done.replaced:
            self._store.cache.drop_lessons(self._id)
        return done if encoder is None else Added(done.added, done.replaced, done.unchanged + known)

    def search(
        self, query: Any, *, k: int = 10, filter: Mapping[str, Any] | None = None, encoder: Encoder | None = None,
        model: str | None = None, exact: bool = True, build: bool = True,
    ) -> Found:  # fmt: skip
        """The ``k`` rows most similar to ``query``, exact unless asked otherwise.

        Args:
            query: a vector [D], or an item for ``encoder``.
            k: at least 1.
            filter: values that the metadata must have, see :mod:`.filters`.
            encoder: makes the vector of the query.
            model: fingerprint of what made the query, where it is a vector.
            exact: False searches an index (FAISS), and says which share of true neighbours it finds. Filtered searches
                are always exact.
            build: whether an index that is missing or stale is built now; else the answer is exact.

        Raises:
            BadDataError: no usable query, another model or width, an unusable filter.
            MissingExtraError: an index without FAISS.
        """
        if not 1 <= k <= MAX_LIMIT:
            raise BadDataError(f"k={k}: from 1 to {MAX_LIMIT:,}")
        self.check_model(model if encoder is None else encoder.fingerprint)
        vector = make_vector(query) if encoder is None else encoder.encode([query])[0]
        wanted = unit(np.asarray(vector)[None], "the query")
        with reading(self._store.engine) as connection:
            row = self._row(connection)
            if row.width is not None and row.width != wanted.shape[1]:
                raise BadDataError(f"a query of {wanted.shape[1]} numbers, the collection has {row.width}")
            if not row.rows:
                return Found((), True, None, 0)
            note = ""
            if not exact and not filter:
                index = self._index(connection, row, build)
                if index is not None:
                    place, score = index.search(wanted, k)
                    numbers = self._cached(connection, row).numbers[place]
                    return Found(self._hits(connection, numbers, score), False, index.recall, row.rows)
                note = "there is no index of these rows yet: this answer is exact"
            numbers, score, searched = nearest.search(
                connection, row, wanted, k, filter=filter or {}, cached=lambda: self._cached(connection, row)
            )
            return Found(self._hits(connection, numbers, score), True, None, searched, note)

    def duplicates(
        self, threshold: float = 0.9, *, lowest: float | None = None, at_most: int = MOST_PAIRS,
        tick: Tick | None = None,
    ) -> Duplicates:  # fmt: skip
        """Pairs with a cosine of ``threshold`` or more, the groups they make, and what other thresholds would make.

        Args:
            threshold: from -1 to 1.
            lowest: where the curve ends; by default at the threshold.
            at_most: pairs that are listed; all are counted, and groups rest on all.
            tick: is told how much of the work is done.

        Raises:
            BadDataError: for the threshold.
        """
        end = threshold if lowest is None else min(lowest, threshold)
        if not -1 <= end <= threshold <= 1:
            raise BadDataError(f"threshold={threshold}, lowest={end}: a cosine is from -1 to 1")
        vectors, ids = self.vectors()
        # The pairs between the two ends are needed for the curve only, and the forest holds all it needs of them.
        pairs, forest = pairs_and_forest(vectors, end, at_most=at_most, tick=tick, listed=threshold)
        tree = Tree(len(ids), *forest)
        ends = zip(pairs.first.tolist(), pairs.second.tolist(), pairs.score.tolist(), strict=True)
        listed = [(ids[first], ids[second], score) for first, second, score in ends]
        groups = in_groups(tree.cut(threshold=threshold), ids, least=2)
        return Duplicates(threshold, len(ids), listed, pairs.total, groups, tree.curve())

    def cluster(
        self, *, threshold: float | None = None, count: int | None = None, linkage: Linkage = "average"
    ) -> Clusters:
        """Every row in one group: down to a mean similarity of ``threshold``, or to ``count`` groups.

        Raises BadDataError unless exactly one of the two is given, and for more rows than the linkage can take.
        """
        vectors, ids = self.vectors()
        if (threshold is None) == (count is None):
            raise BadDataError("give either a threshold or a number of groups")
        tree = agglomerate(vectors, linkage)
        if count is not None and not ids:
            raise BadDataError("the collection is empty")
        return Clusters(linkage, len(ids), in_groups(tree.cut(threshold=threshold, count=count), ids), tree.curve())

    def delete(self, ids: Iterable[str]) -> Erased:
        """Delete rows, overwrite them, and search the files of the database and the caches for what was there."""
        wanted = list(dict.fromkeys(ids))
        with writing(self._store.engine) as connection:
            row = self._row(connection, lock=True)
            needles = erase.needles(connection, self._id, wanted)
            deleted = erase.delete_rows(connection, self._id, wanted)
            if deleted:
                insert.note_change(connection, row, row.rows - deleted, grown=False)
        if deleted:
            self._store.cache.drop(self._id)
        return Erased(
            deleted, len(wanted) - deleted, erase.prove_erased(self._store.engine, self._store.cache, needles)
        )

    def vector_of(self, identity: str) -> Vectors:
        """The unit vector [D] of one row. Raises NotFoundError."""
        query = select(items.c.vector).where(items.c.collection == self._id, items.c.id == marked(identity))
        with reading(self._store.engine) as connection:
            self._row(connection)
            stored = connection.scalar(query)
        if stored is None:
            raise NotFoundError(f"collection {self.name!r} has no row {identity[:80]!r}")
        return from_column(stored)

    def vectors(self) -> tuple[Vectors, list[str]]:
        """All unit vectors [N, D], as a memory map where there are any, and the ids of the rows."""
        copy, ids = self.copy()
        return np.empty((0, self._made.width or 1), np.float32) if copy is None else copy.vectors, ids

    def copy(self) -> tuple[Cached | None, list[str]]:
        """The mapped copy of the rows as they are now, None without rows, and their ids in its order."""
        with reading(self._store.engine) as connection:
            row = self._row(connection)
            if not row.rows:
                return None, []
            query = select(items.c.id).where(items.c.collection == self._id).order_by(items.c.number)
            return self._cached(connection, row), [unmarked(one) for one in connection.scalars(query)]

    def rows(self, ids: Sequence[str]) -> list[Hit]:
        """Texts, references and metadata of rows by id, in the order asked for; ids that are not there are left out.

        Their score is that of a row with itself, 1.
        """
        with reading(self._store.engine) as connection:
            self._row(connection)
            found: dict[str, int] = {}
            for chunk in erase.chunks([marked(identity) for identity in ids]):
                known = select(items.c.id, items.c.number).where(items.c.collection == self._id, items.c.id.in_(chunk))
                found |= {row.id: row.number for row in connection.execute(known)}
            numbers = [found[marked(identity)] for identity in ids if marked(identity) in found]
            return self._hits(connection, np.array(numbers, np.int64), np.ones(len(numbers)))

    def check_model(self, fingerprint: str | None) -> None:
        """Raises BadDataError unless vectors of this fingerprint may be compared with those that are here."""
        if fingerprint != self.model:
            mine, other = self.model or "no stated model", fingerprint or "no stated model"
            raise BadDataError(
                f"collection {self.name!r} holds vectors of {mine}, these are of {other}: they cannot be compared; "
                "use the same model, or make another collection"
            )

    def _row(self, connection: Connection, *, lock: bool = False) -> Row[Any]:
        from shoestring.similarity.collection.store import row_of

        row = row_of(connection, self._id, self.name, lock=lock)
        if row.model != self.model:
            raise ConflictError(f"collection {self.name!r} was given another model meanwhile; open it again")
        return row

    def _cached(self, connection: Connection, row: Row[Any]) -> Cached:
        return self._store.cache.load(connection, row)

    def _index(self, connection: Connection, row: Row[Any], build: bool) -> approximate.Index | None:
        generation, index = self._store.cache.indexes.get(self._id, ("", None))
        if index is None or generation != row.generation:
            index = approximate.load(self._cached(connection, row), build=build)
            if index is not None:
                self._store.cache.indexes[self._id] = row.generation, index
        return index

    def _hits(self, connection: Connection, numbers: NDArray[np.int64], scores: NDArray[np.float64]) -> list[Hit]:
        found: dict[int, Row[Any]] = {}
        columns = (items.c.number, items.c.id, items.c.text, items.c.reference, items.c.metadata)
        for chunk in erase.chunks(numbers.tolist()):
            found |= {one.number: one for one in connection.execute(select(*columns).where(items.c.number.in_(chunk)))}
        rows = [found[number] for number in numbers.tolist()]
        return [
            Hit(unmarked(row.id), float(score), row.text, row.reference, json.loads(row.metadata))
            for row, score in zip(rows, scores, strict=True)
        ]

    def _given(self, rows: Sequence[Item]) -> Vectors:
        widths = {len(row.vector) for row in rows if row.vector is not None}
        if len(widths) > 1:
            raise BadDataError(f"vectors of {' and '.join(map(str, sorted(widths)[:3]))} numbers in one call")
        made = _room(len(rows), next(iter(widths), 1))
        for start in range(0, len(rows), ENCODED_AT_ONCE):
            part = rows[start : start + ENCODED_AT_ONCE]
            made[start : start + len(part)] = unit(np.stack([np.asarray(row.vector) for row in part]))
        return made

    def _changed(self, rows: list[Item]) -> tuple[list[Item], int]:
        """Without the rows whose items are stored already: encoding them again would be for nothing."""
        changed: list[Item] = []
        with reading(self._store.engine) as connection:
            for chunk in erase.chunks(rows):
                known = insert.stored_rows(connection, self._id, [row.id for row in chunk], vectors=False)
                stored = {unmarked(name): one for name, one in known.items()}
                changed += [row for row in chunk if row.id not in stored or not insert.same_item(stored[row.id], row)]
        return changed, len(rows) - len(changed)

    def _encoded(
        self, rows: Sequence[Item], given: Sequence[Any] | None, encoder: Encoder, tick: Tick | None
    ) -> Vectors:
        if given is None:
            for row in rows:
                if row.text is None:
                    raise BadDataError(f"row {row.id[:80]!r} has no text to encode; nothing was added")
        elif len(given) != len(rows):
            raise BadDataError(f"{len(given)} items for {len(rows)} rows")
        made: Vectors | None = None
        for start in range(0, len(rows), ENCODED_AT_ONCE):
            part = range(start, min(start + ENCODED_AT_ONCE, len(rows)))
            vectors = encoder.encode([rows[place].text if given is None else given[place] for place in part])
            if made is None:
                made = _room(len(rows), vectors.shape[1])
            made[start : part.stop] = unit(vectors, f"the encoder's vectors from row {start}")
            if tick is not None:
                tick(part.stop, len(rows))
        return np.empty((0, 1), np.float32) if made is None else made


def _room(rows: int, width: int) -> Vectors:
    """Memory for vectors, in a temporary file without a name where that would be much."""
    if 4 * rows * width <= IN_MEMORY:
        return np.empty((rows, width), np.float32)
    with tempfile.TemporaryFile() as stream:
        return np.memmap(stream, np.float32, "w+", shape=(rows, width))
