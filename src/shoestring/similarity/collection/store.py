"""All collections of one database: make, find, list and delete them."""

import hashlib
import secrets
import time
from typing import Any, Self

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from shoestring.core.database import open_engine, reading, sqlite_path, writing
from shoestring.core.errors import BadDataError, ConflictError, MissingExtraError, NotFoundError
from shoestring.core.names import clean_name
from shoestring.core.places import collections_url, home_folder
from shoestring.data.rows import MAX_WIDTH
from shoestring.similarity.collection import erase
from shoestring.similarity.collection.cache import VectorCache
from shoestring.similarity.collection.collection import Collection
from shoestring.similarity.collection.records import Erased, Info
from shoestring.similarity.collection.tables import LAYOUT, VECTOR, collections, marked, unmarked

MAX_MODEL = 200


class Collections:
    """Safe to share between threads, and between processes on the same database."""

    def __init__(self, engine: Engine, cache: VectorCache) -> None:
        self.engine, self.cache = engine, cache

    @classmethod
    def open(cls, url: str | None = None) -> Self:
        """The collections at ``sqlite:///PATH`` or ``postgresql://...``; by default see ``collections_url``.

        Raises:
            ConfigError: the address cannot be used, or a newer version wrote what is there.
            MissingExtraError: PostgreSQL without its packages.
        """
        address = collections_url() if url is None else url
        if address.startswith("postgres") and VECTOR is None:
            raise MissingExtraError("pgvector", "postgres")
        engine = open_engine(address, LAYOUT)
        path = sqlite_path(engine)
        if path is None:
            name = hashlib.sha256(engine.url.render_as_string(hide_password=False).encode()).hexdigest()[:16]
            return cls(engine, VectorCache(home_folder() / "cache" / name))
        return cls(engine, VectorCache(path.with_name(f"{path.name}-cache")))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def create(
        self, name: str, *, model: str | None = None, source: str | None = None, modality: str | None = None,
        width: int | None = None, at_most: int | None = None,
    ) -> Collection:  # fmt: skip
        """Make an empty collection.

        Args:
            name: any script, up to 200 characters.
            model: fingerprint of what makes its vectors; vectors of another are refused. None: vectors are given, and
                nobody says what made them.
            source: what to load to make further vectors, such as a run.
            modality: what the items are, such as ``text``.
            width: numbers of a vector; that of the first one added if absent.
            at_most: collections that there may be.

        Raises:
            BadDataError: for the name, the model or the width.
            ConflictError: there is one of this name, or too many.
        """
        stored = marked(clean_name(name))
        for value in (model, source, modality):
            if value is not None and (not value.isprintable() or not 0 < len(value) <= MAX_MODEL * 20):
                raise BadDataError(f"model {value[:40]!r} is not a printable name")
        if model is not None and len(model) > MAX_MODEL:
            raise BadDataError(f"the fingerprint of a model has at most {MAX_MODEL} characters")
        if width is not None and not 1 <= width <= MAX_WIDTH:
            raise BadDataError(f"width={width}: from 1 to {MAX_WIDTH:,}")
        values = {"model": model, "source": source, "modality": modality, "width": width}
        with writing(self.engine) as connection:
            count = connection.scalar(select(func.count()).select_from(collections)) or 0
            if at_most is not None and count >= at_most:
                raise ConflictError(f"there are {count} collections, which is the limit; delete some first")
            try:
                with connection.begin_nested():
                    connection.execute(
                        insert(collections).values(
                            name=stored, created=time.time(), generation=secrets.token_hex(8), rows=0, **values
                        )
                    )
            except IntegrityError as error:
                raise ConflictError(f"there is a collection {name!r} already; choose another name") from error
        return self.get(name)

    def get(self, name: str) -> Collection:
        """The collection called ``name``. Raises NotFoundError."""
        with reading(self.engine) as connection:
            row = connection.execute(_named(name)).first()
        if row is None:
            known = ", ".join(info.name for info in self.list(limit=5)) or "none"
            raise NotFoundError(f"no collection {name[:80]!r}; there are: {known}")
        return Collection(self, row.id, info_of(row))

    def list(self, *, after: str = "", limit: int = 1000) -> list[Info]:
        """Up to ``limit`` collections behind ``after``, by name."""
        query = select(collections).where(collections.c.name > (marked(after) if after else ""))
        with reading(self.engine) as connection:
            return [info_of(row) for row in connection.execute(query.order_by(collections.c.name).limit(limit))]

    def count(self) -> int:
        """How many there are."""
        with reading(self.engine) as connection:
            return connection.scalar(select(func.count()).select_from(collections)) or 0

    def delete(self, name: str) -> Erased:
        """Delete a collection with all its rows, overwrite them, and search the files. Raises NotFoundError."""
        with writing(self.engine) as connection:
            row = connection.execute(_named(name).with_for_update()).first()
            if row is None:
                raise NotFoundError(f"no collection {name[:80]!r}; nothing was deleted")
            needles = erase.needles(connection, row.id)
            erase.delete_all(connection, row.id)
            connection.execute(delete(collections).where(collections.c.id == row.id))
        self.cache.drop(row.id)
        return Erased(row.rows, 0, erase.prove_erased(self.engine, self.cache, [*needles, *erase.of_name(row.name)]))


def info_of(row: Row[Any]) -> Info:
    """A row of the table as a record."""
    fields = {field: getattr(row, field) for field in Info.__dataclass_fields__ if field != "name"}
    return Info(name=unmarked(row.name), **fields)


def _named(name: str) -> Select[Any]:
    return select(collections).where(collections.c.name == marked(name))


def row_of(connection: Connection, collection: int, name: str, *, lock: bool = False) -> Row[Any]:
    """What is stored of a collection; ``lock``: nobody else changes it until this transaction ends.

    Raises NotFoundError when it was deleted.
    """
    query = select(collections).where(collections.c.id == collection)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFoundError(f"collection {name!r} was deleted")
    return row
