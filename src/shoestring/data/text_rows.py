"""Rows that text encoders learn and are measured from: the records of a file less those that hold what is no text."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.data.records import EMPTY, read_records
from shoestring.data.rows import check_characters

Row = dict[str, Any]


def read_rows(path: Path, skipped: Counter[str]) -> Iterator[tuple[int, Row]]:
    """``(place, row)`` of every readable row; ``skipped`` counts the others by reason, and blank lines not at all.

    Raises:
        NotFoundError: no such file.
        BadDataError: an unknown suffix, a damaged file, or nothing in it.
        MissingExtraError: Parquet without pyarrow.
    """
    path = Path(path)
    seen = False
    try:
        for place, record in read_records(path):
            try:
                if isinstance(record, BadDataError):
                    raise record
                for value in record.values():
                    _check(value)
            except BadDataError as error:
                if str(error) != EMPTY:
                    skipped[str(error)] += 1
            else:
                seen = True
                yield place, dict(record)
    except ConfigError as error:
        raise BadDataError(str(error)) from error
    if not seen and not skipped:
        raise BadDataError(f"{path}: there is no row in this file")


def is_text(value: str) -> bool:
    """Whether ``value`` can be stored as UTF-8: JSON can smuggle in halves of surrogate pairs."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check(value: Any) -> None:
    if isinstance(value, str):
        check_characters(value, "text")
    elif isinstance(value, list):
        for one in value:
            _check(one)
