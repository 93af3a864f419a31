"""Where things are kept unless somebody says otherwise."""

import os
from collections.abc import Mapping
from pathlib import Path

COLLECTIONS = "collections.sqlite"


def home_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where personal data lies: ``SHOESTRING_HOME``, else the data folder of the user, never the working directory."""
    base = environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(environment.get("SHOESTRING_HOME") or Path(base) / "shoestring").absolute()


def collections_url(database: str | None = None) -> str:
    """The database of collections, given that of people: PostgreSQL holds both, SQLite has a file for each.

    A SQLite file has one writer at a time and is rebuilt after a deletion: beside a million vectors in the same file,
    an enrolment would wait for their import, and forgetting a person would copy them.

    Args:
        database: by default ``SHOESTRING_DATABASE``, else the home folder.
    """
    people = os.environ.get("SHOESTRING_DATABASE", "") if database is None else database
    if people.startswith("sqlite:///"):
        return f"sqlite:///{Path(people.removeprefix('sqlite:///')).absolute().with_name(COLLECTIONS)}"
    return people or f"sqlite:///{home_folder() / COLLECTIONS}"
