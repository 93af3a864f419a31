"""The tables of the store, for SQLite and PostgreSQL alike."""

from typing import Any

from sqlalchemy import (
    DDL,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    false,
)
from sqlalchemy.schema import CreateColumn

VERSION = 2
NAME_MARK = "person\x1f"
"""Before and after every stored name. No name holds a control character, so that a byte search for a marked name finds
the name of this person and not the same letters inside another word."""
SIGNATURE = "signature"
"""Modality of every sample before layout 2."""

metadata = MetaData()

store_info = Table("store_info", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

people = Table(
    "people", metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("model", Text),
    Column("consent", Text),
    Column("created", Float, nullable=False),
    # Layout 2: when the consent was given, and whether it covers a search among everybody.
    Column("consented", Float),
    Column("one_to_many", Boolean, nullable=False, server_default=false()),
    # A number is never given twice: work begun for a person who was then forgotten must not reach the next one.
    sqlite_autoincrement=True,
)  # fmt: skip

samples = Table(
    "samples", metadata,
    Column("id", Text, primary_key=True),
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("genuine", Boolean, nullable=False),
    Column("pointer", Text, nullable=False),
    Column("points", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("capture", LargeBinary, nullable=False),
    Column("trace", LargeBinary, nullable=False),
    Column("idempotency", Text),
    # Layout 2: pictures. ``maker`` is the fingerprint of the encoder of ``vector``; ``image`` is kept on request.
    Column("modality", Text, nullable=False, server_default=SIGNATURE),
    Column("maker", Text),
    Column("vector", LargeBinary),
    Column("image", LargeBinary),
    UniqueConstraint("person", "idempotency"),
)  # fmt: skip

templates = Table(
    "templates", metadata,
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("matcher", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("changed", Float, nullable=False),
)  # fmt: skip

audit = Table(
    "audit", metadata,
    Column("id", Text, primary_key=True),
    Column("at", Float, nullable=False),
    Column("event", Text, nullable=False),
    Column("people", Integer, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("templates", Integer, nullable=False),
)  # fmt: skip

EXTERNAL = (
    ("samples", "capture"), ("samples", "trace"), ("samples", "vector"), ("samples", "image"), ("templates", "body"),
    ("people", "consent"),
)  # fmt: skip


def _uncompressed(table: str, column: str) -> Any:
    # PostgreSQL would compress what it moves out of line, and a search for the bytes could then find nothing, ever.
    return DDL(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")  # type: ignore[no-untyped-call]


for table, column in EXTERNAL:
    event.listen(metadata.tables[table], "after_create", _uncompressed(table, column).execute_if(dialect="postgresql"))


def add_pictures(connection: Connection) -> None:
    """Layout 1 to 2."""
    new = {people: ("consented", "one_to_many"), samples: ("modality", "maker", "vector", "image")}
    for altered, names in new.items():
        for name in names:
            described = CreateColumn(altered.c[name]).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {altered.name} ADD COLUMN {described}")
            if connection.dialect.name == "postgresql" and (altered.name, name) in EXTERNAL:
                connection.execute(_uncompressed(altered.name, name))


def marked(name: str) -> str:
    """A name as it is stored."""
    return f"{NAME_MARK}{name}\x1f"


def unmarked(stored: str) -> str:
    """The name that :func:`marked` was given."""
    return stored.removeprefix(NAME_MARK).removesuffix("\x1f")
