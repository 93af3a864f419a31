"""Conditions on metadata that mean the same on both databases."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, text

from shoestring.core.errors import BadDataError
from shoestring.data.rows import as_json

MAX_CONDITIONS = 20
MAX_VALUES = 100
MAX_KEY = 200


def condition(dialect: str, wanted: Mapping[str, Any]) -> ColumnElement[bool]:
    """A row fits if for every key its metadata has the value, or one of a list of values.

    Values are text, numbers, true, false and null, and are compared with their type: ``1`` is not ``"1"``; null fits
    where the key is there and null.

    Raises:
        BadDataError: other values, or too many of them.
    """
    if len(wanted) > MAX_CONDITIONS:
        raise BadDataError(f"filter: {len(wanted)} keys; at most {MAX_CONDITIONS}")
    parts: list[ColumnElement[bool]] = []
    for place, (key, value) in enumerate(wanted.items()):
        values = value if isinstance(value, list | tuple) else [value]
        if not 1 <= len(values) <= MAX_VALUES:
            raise BadDataError(f"filter {key[:40]!r}: {len(values)} values; from 1 to {MAX_VALUES}")
        make = _postgresql if dialect == "postgresql" else _sqlite
        parts.append(or_(*(make(key, one, f"f{place}_{number}") for number, one in enumerate(values))))
    return and_(*parts)


def check(key: str, value: Any) -> None:
    """Raises BadDataError unless this can be a condition."""
    plain = value is None or isinstance(value, str | bool | int | float)
    try:
        as_json({key: value}).encode()
        plain = plain and "\x00" not in key and not (isinstance(value, str) and "\x00" in value)
    except (TypeError, ValueError):
        plain = False
    if not plain or len(key) > MAX_KEY or (type(value) is int and abs(value) >= 2**63):
        raise BadDataError(f"filter {key[:40]!a}: the value must be text, a number, true, false or null")


def _postgresql(key: str, value: Any, name: str) -> ColumnElement[bool]:
    check(key, value)
    # The driver would take a bare colon for the begin of a parameter, and so would SQLAlchemy.
    contains = text(f"CAST(collection_items.metadata AS jsonb) @> CAST(:{name} AS jsonb)")
    return contains.bindparams(bindparam(name, as_json({key: value})))  # type: ignore[return-value]


def _sqlite(key: str, value: Any, name: str) -> ColumnElement[bool]:
    check(key, value)
    match value:
        case None:
            kind, compared = "= 'null'", None
        case bool():
            kind, compared = f"= '{'true' if value else 'false'}'", None
        case str():
            kind, compared = "= 'text'", value
        case _:
            kind, compared = "IN ('integer', 'real')", value
    same = "" if compared is None else f" AND value = :{name}_value"
    found = f"EXISTS (SELECT 1 FROM json_each(collection_items.metadata) WHERE key = :{name}_key AND type {kind}{same})"
    given = [bindparam(f"{name}_key", key)] + ([] if compared is None else [bindparam(f"{name}_value", compared)])
    return text(found).bindparams(*given)  # type: ignore[return-value]
