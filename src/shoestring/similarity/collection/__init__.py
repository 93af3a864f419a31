"""Searchable collections: the truth in SQL, a memory-mapped copy of the vectors that is rebuilt when it is stale."""

from importlib.util import find_spec

from shoestring.core.errors import MissingExtraError

if find_spec("sqlalchemy") is None:
    raise MissingExtraError("sqlalchemy", "search")

from shoestring.core.erasure import Proof
from shoestring.data.rows import Row
from shoestring.similarity.collection.collection import Collection
from shoestring.similarity.collection.maps import Map, map_of
from shoestring.similarity.collection.moving import Moved, move
from shoestring.similarity.collection.records import (
    Added,
    Clusters,
    Duplicates,
    Encoder,
    Erased,
    Found,
    Hit,
    Info,
)
from shoestring.similarity.collection.store import Collections
from shoestring.similarity.collection.teaching import Answer, Question, Questions, Teaching

__all__ = [
    "Added",
    "Answer",
    "Clusters",
    "Collection",
    "Collections",
    "Duplicates",
    "Encoder",
    "Erased",
    "Found",
    "Hit",
    "Info",
    "Map",
    "Moved",
    "Proof",
    "Question",
    "Questions",
    "Row",
    "Teaching",
    "map_of",
    "move",
]
