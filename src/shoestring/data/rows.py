"""Rows of a collection as they come in: what a row may hold, and why one is refused."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError

MAX_ID = 500
MAX_TEXT = 100_000
MAX_REFERENCE = 4000
"""Characters each."""
MAX_METADATA = 16_384
"""Characters of JSON."""
MAX_DEPTH = 8
MAX_WIDTH = 16_000
"""Numbers of a vector; also what pgvector stores at most."""
KNOWN = frozenset({"id", "text", "reference", "metadata", "vector"})


@dataclass(frozen=True, eq=False)
class Row:
    """One item of a collection, checked by :func:`make_row`."""

    id: str
    text: str | None = None
    reference: str | None = None
    """Where the item itself is, such as a path; never opened by the collection."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    vector: NDArray[np.float64 | np.float32] | None = None


def make_row(record: Mapping[str, Any], default_id: str | None = None) -> Row:
    """A row of ``{id, text, reference, metadata, vector}``; any other key is taken as metadata.

    Raises:
        BadDataError: with the reason alone, so that reasons can be counted.
    """
    extra = {key: value for key, value in record.items() if key not in KNOWN}
    given = record.get("metadata")
    if given is not None and not isinstance(given, Mapping):
        raise BadDataError("metadata is not an object")
    identity = record.get("id")
    identity = default_id if identity is None or identity == "" else identity
    if isinstance(identity, int) and not isinstance(identity, bool):
        identity = str(identity)
    if identity is None:
        raise BadDataError("no id")
    vector = record.get("vector")
    return Row(
        _text(identity, "id", MAX_ID, visible=True),
        _optional(record.get("text"), "text", MAX_TEXT),
        _optional(record.get("reference"), "reference", MAX_REFERENCE),
        _metadata({**(given or {}), **extra}),
        None if vector is None else make_vector(vector),
    )


def make_vector(value: Any) -> NDArray[np.float64 | np.float32]:
    """Numbers [D] as an array. Raises BadDataError with the reason."""
    if isinstance(value, list) and not all(type(number) in (int, float) for number in value):
        raise BadDataError("the vector is not a list of numbers")
    try:
        vector = np.asarray(value)
    except (ValueError, OverflowError) as error:
        raise BadDataError("the vector is not a list of numbers") from error
    if vector.dtype.kind not in "fiu" or vector.ndim != 1:
        raise BadDataError("the vector is not a list of numbers")
    if not 1 <= len(vector) <= MAX_WIDTH:
        raise BadDataError(f"the vector has not 1 to {MAX_WIDTH:,} numbers")
    vector = vector if vector.dtype in (np.float32, np.float64) else vector.astype(np.float64)
    if not np.isfinite(vector).all() or not vector.any():
        raise BadDataError("the vector has no direction (NaN, infinity or all zero)")
    return vector


def rows_of(items: Iterable[Row | Mapping[str, Any] | str]) -> list[Row]:
    """Rows, mappings and bare texts as rows, all or nothing.

    A bare text is named by a hash of it, and its second occurrence by the hash and ``:2``, so that adding the same
    texts again names them the same.

    Raises:
        BadDataError: names the first item that is no row, or an id that occurs twice.
    """
    rows: list[Row] = []
    seen: set[str] = set()
    texts: Counter[str] = Counter()
    for place, item in enumerate(items):
        try:
            if isinstance(item, str):
                name = hashlib.sha256(item.encode("utf-8", "surrogatepass")).hexdigest()[:16]
                texts[name] += 1
                row = make_row({"id": name if texts[name] == 1 else f"{name}:{texts[name]}", "text": item})
            else:
                row = item if isinstance(item, Row) else make_row(item)
            if row.id in seen:
                raise BadDataError("the id occurs twice")
        except BadDataError as error:
            raise BadDataError(f"item {place}: {error}; nothing was added") from error
        seen.add(row.id)
        rows.append(row)
    return rows


def as_json(metadata: Mapping[str, Any]) -> str:
    """Metadata as it is stored: JSON with sorted keys."""
    return json.dumps(metadata, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _optional(value: Any, name: str, most: int) -> str | None:
    return None if value is None or value == "" else _text(value, name, most)


def _text(value: Any, name: str, most: int, *, visible: bool = False) -> str:
    if not isinstance(value, str):
        raise BadDataError(f"the {name} is not text")
    if not value or (not visible and not value.strip()):
        raise BadDataError(f"the {name} is empty")
    if len(value) > most:
        raise BadDataError(f"the {name} is longer than {most:,} characters")
    check_characters(value, name)
    if visible and any(unicodedata.category(character) == "Cc" for character in value):
        raise BadDataError(f"the {name} has a control character")
    return value


def check_characters(value: str, name: str) -> None:
    """Raises BadDataError for a NUL, for bytes that were no UTF-8, and for half a surrogate pair."""
    if "\x00" in value:
        raise BadDataError(f"the {name} has a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        # Bytes that could not be decoded were read as these; others come from "\\ud800" in JSON.
        raw = 0xDC80 <= ord(value[error.start]) <= 0xDCFF
        raise BadDataError(f"the {name} is not UTF-8" if raw else f"the {name} has half a surrogate pair") from error


def _metadata(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if not value:
        return {}
    try:
        text = as_json(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadDataError("the metadata is not plain JSON (NaN, infinity, dates, loops)") from error
    if len(text) > MAX_METADATA:
        raise BadDataError(f"the metadata is longer than {MAX_METADATA:,} characters")
    check_characters(text.replace("\\u0000", "\x00"), "metadata")
    if _depth(value) > MAX_DEPTH:
        raise BadDataError(f"the metadata is nested deeper than {MAX_DEPTH}")
    return json.loads(text)  # type: ignore[no-any-return]


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return 1 + max(map(_depth, inner), default=0) if isinstance(value, Mapping | list | tuple) else 0
