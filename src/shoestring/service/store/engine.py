"""The database of people: its layout, and connections to it."""

from sqlalchemy import Engine

from shoestring.core import database
from shoestring.core.database import maintaining, reading, sqlite_path, writing
from shoestring.service.store.tables import VERSION, add_pictures, metadata, store_info

__all__ = ["LAYOUT", "maintaining", "open_engine", "reading", "sqlite_path", "writing"]

LAYOUT = database.Layout(metadata, store_info, VERSION, steps={1: add_pictures})


def open_engine(url: str) -> Engine:
    """The database at ``url``; see :func:`shoestring.core.database.open_engine` for the errors."""
    return database.open_engine(url, LAYOUT)
