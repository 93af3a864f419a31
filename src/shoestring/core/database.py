"""Connections: the same code on SQLite and PostgreSQL, with what each needs to keep its promises."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event, insert, make_url, select, text, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from shoestring.core.errors import ConfigError, MissingExtraError

SCHEMA_LOCK = 0x73686F65
"""Two servers that start at once on PostgreSQL take turns with creating the tables."""

SQLITE_PATIENCE = 10.0
"""Seconds that a connection waits for another one's lock."""
SQLITE_SETTINGS = (
    f"PRAGMA busy_timeout = {SQLITE_PATIENCE * 1000:.0f}",
    # An answer of success means that a power cut changes nothing about it.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    # Sorting must not leave personal data in temporary files.
    "PRAGMA temp_store = MEMORY",
)


@dataclass(frozen=True)
class Layout:
    """The tables of one kind of store, and how an older store becomes a store of today.

    Several layouts may share a database: each has its own tables, and a table ``info`` with one column ``version``.
    """

    metadata: MetaData
    info: Table
    version: int
    steps: Mapping[int, Callable[[Connection], None]] = field(default_factory=dict)
    """What turns a store of that version into one of the next. Tables that are missing are made before."""
    extensions: tuple[str, ...] = ()
    """Extensions of PostgreSQL that the tables need."""


def open_engine(url: str, layout: Layout) -> Engine:
    """Connect to ``sqlite:///PATH`` or ``postgresql://...`` and create what is missing.

    Raises:
        ConfigError: the address is not usable, or the store was written by a newer version.
    """
    address = _address(url)
    try:
        engine = create_engine(address, hide_parameters=True, pool_size=16, max_overflow=48, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "psycopg", "postgres") from error
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    try:
        _create_tables(engine, layout)
    except BaseException as error:
        engine.dispose()
        if not isinstance(error, DBAPIError):
            raise
        reason = str(error.orig).partition("\n")[0]
        raise ConfigError(f"cannot open the store {address.render_as_string()}: {reason}") from error
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the store."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that will write. On SQLite it waits for its turn now, not in the middle."""
    with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
        yield connection


@contextmanager
def maintaining(engine: Engine) -> Iterator[Connection]:
    """A connection outside of any transaction, for VACUUM and its like."""
    options = {"begin": ""} if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
    with engine.connect().execution_options(**options) as connection:
        yield connection


def sqlite_path(engine: Engine) -> Path | None:
    """The file of a SQLite store, None for PostgreSQL."""
    return Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"database {url[:40]!r} is not an address like sqlite:///people.sqlite") from error
    if address.drivername in {"postgres", "postgresql"}:
        address = address.set(drivername="postgresql+psycopg")
    try:
        supported = address.get_backend_name() in {"sqlite", "postgresql"} and address.get_dialect() is not None
    except NoSuchModuleError:
        supported = False
    if not supported:
        raise ConfigError(f"database {address.drivername!r} is not supported; use sqlite:///PATH or postgresql://...")
    if address.get_backend_name() == "sqlite":
        if not address.database or address.database == ":memory:":
            raise ConfigError("the store needs a file: sqlite:///people.sqlite")
        address = address.set(database=str(Path(address.database).absolute()))
    return address


def _prepare_sqlite(engine: Engine) -> None:
    path = Path(str(engine.url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Created before SQLite does, so that nobody else on the machine can read it; its journals inherit the mode.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; choose another place with SHOESTRING_DATABASE") from error

    def connected(connection: sqlite3.Connection, _: object) -> None:
        # SQLAlchemy says when a transaction begins, not the driver, which would begin one only at the first write.
        connection.isolation_level = None
        for setting in SQLITE_SETTINGS:
            connection.execute(setting).close()
        _write_ahead(connection)

    def begin(connection: Connection) -> None:
        if statement := connection.get_execution_options().get("begin", "BEGIN"):
            connection.exec_driver_sql(statement)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begin)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Change to a write-ahead log. SQLite answers this one statement "locked" without waiting its busy timeout."""
    patience = time.monotonic() + SQLITE_PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.01)
        else:
            return


def _create_tables(engine: Engine, layout: Layout) -> None:
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
            for extension in layout.extensions:
                connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        layout.metadata.create_all(connection)
        version = connection.scalar(select(layout.info.c.version))
        if version is None:
            connection.execute(insert(layout.info).values(version=layout.version))
        elif version > layout.version:
            raise ConfigError(
                f"the store has layout {version}, this program knows up to {layout.version}: update shoestring"
            )
        elif version < layout.version:
            for step in range(version, layout.version):
                layout.steps[step](connection)
            connection.execute(update(layout.info).values(version=layout.version))
