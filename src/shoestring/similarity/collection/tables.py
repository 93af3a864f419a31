"""The tables of collections, for SQLite and PostgreSQL alike."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from shoestring.core.database import Layout

try:
    from pgvector.sqlalchemy import VECTOR
except ModuleNotFoundError:
    VECTOR = None

VERSION = 2
MARK = "item\x1f"
"""Before every stored id and name, with a closing mark behind: a byte search finds this id and no longer one."""

metadata = MetaData()

info = Table("collection_info", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

_number = BigInteger().with_variant(Integer(), "sqlite")
_vector: Any = LargeBinary() if VECTOR is None else LargeBinary().with_variant(VECTOR(), "postgresql")

collections = Table(
    "collections", metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    # Fingerprint of what makes the vectors; absent where they are given and nobody said what made them.
    Column("model", Text),
    # What to load to make further vectors: a run, a folder, the name of a packaged model.
    Column("source", Text),
    Column("modality", Text),
    # Unknown before the first vector.
    Column("width", Integer),
    Column("rows", Integer, nullable=False, default=0),
    # Drawn at random at every change: a store that was put back from a copy is never taken for a later one.
    Column("generation", Text, nullable=False),
    Column("created", Float, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip

items = Table(
    "collection_items", metadata,
    # Never given twice and growing within a collection: the order of the rows in every cache.
    Column("number", _number, primary_key=True, autoincrement=True),
    Column("collection", ForeignKey("collections.id", ondelete="CASCADE"), nullable=False),
    Column("id", Text, nullable=False),
    Column("text", Text),
    Column("reference", Text),
    # As text on both databases: its bytes can be searched for.
    Column("metadata", Text, nullable=False),
    Column("vector", _vector, nullable=False),
    UniqueConstraint("collection", "id"),
    Index("collection_items_order", "collection", "number"),
    sqlite_autoincrement=True,
)  # fmt: skip

growth = Table(
    # Generations since a row was last taken away, each with the number of rows it had: a cache of one of them lacks
    # nothing but the rows behind.
    "collection_growth", metadata,
    Column("collection", ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
    Column("generation", Text, primary_key=True),
    Column("rows", Integer, nullable=False),
)  # fmt: skip

taught = Table(
    # Every answer of a person about two rows, in order; of a pair that was answered again the last one holds.
    "collection_taught", metadata,
    Column("number", _number, primary_key=True, autoincrement=True),
    Column("collection", ForeignKey("collections.id", ondelete="CASCADE"), nullable=False),
    # As in ``items``, the smaller one first.
    Column("first", Text, nullable=False),
    Column("second", Text, nullable=False),
    Column("same", Boolean, nullable=False),
    Column("at", Float, nullable=False),
    Index("collection_taught_order", "collection", "number"),
    sqlite_autoincrement=True,
)  # fmt: skip

for table, columns in ((items, ("id", "text", "reference", "metadata")), (taught, ("first", "second"))):
    for column in columns:
        # PostgreSQL would compress what is long, and a search for the bytes could then find nothing, ever.
        statement: Any = DDL(f"ALTER TABLE {table.name} ALTER COLUMN {column} SET STORAGE EXTERNAL")  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", statement.execute_if(dialect="postgresql"))

# Layout 2 has the table of answers and nothing else that is new; a program that knows layout 1 would leave ids in it.
LAYOUT = Layout(metadata, info, VERSION, steps={1: lambda connection: None}, extensions=("vector",))


def marked(name: str) -> str:
    """An id or a name as it is stored."""
    return f"{MARK}{name}\x1f"


def unmarked(stored: str) -> str:
    """What :func:`marked` was given."""
    return stored.removeprefix(MARK).removesuffix("\x1f")


def to_column(dialect: str, vector: NDArray[np.float32]) -> Any:
    """A vector as the driver of ``dialect`` takes it."""
    return vector.tolist() if dialect == "postgresql" else vector.astype("<f4").tobytes()


def from_column(stored: Any) -> NDArray[np.float32]:
    """What :func:`to_column` was given."""
    return np.frombuffer(stored, "<f4") if isinstance(stored, bytes) else np.asarray(stored, np.float32)
