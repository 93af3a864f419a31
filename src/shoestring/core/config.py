"""Configuration: TOML in layers, checked against a component, with the place of every error.

Files choose structure, flags change numbers. Later layers win: preset < file < environment < ``key=value``. A table
whose ``kind`` differs from the layer below replaces it whole, since the keys of another component do not apply.
"""

import dataclasses
import difflib
import math
import re
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import tomli_w
from pydantic import ConfigDict, TypeAdapter, ValidationError

from shoestring.core.errors import ConfigError

T = TypeVar("T")
KeyPath = tuple[str, ...]

MAX_TOML_BYTES = 1 << 20
ENVIRONMENT_PREFIX = "SHOESTRING_"
MAX_LISTED = 12
"""Names that an error lists; a longer list hides the error."""
RESERVED_ENVIRONMENT = frozenset({"HOME", "RUNS", "DATABASE", "TOKEN", "READ_TOKEN", "DEBUG"})
"""``SHOESTRING_*`` names that set up the program and are not recipe keys."""


@dataclass(frozen=True)
class Layer:
    """One source of settings, with what is needed to point at a value in it."""

    source: str
    """For people: a file name, ``environment`` or ``command line``."""
    table: Mapping[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    """Line of each key, where the source has lines."""

    def place(self, path: KeyPath) -> str:
        """``source:line dotted.key`` as precisely as it is known."""
        line = next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), None)
        return f"{self.source}{'' if line is None else f':{line}'} {'.'.join(path)}".rstrip()


def read_layer(path: Path) -> Layer:
    """Read a TOML file of at most 1 MiB.

    Raises:
        ConfigError: the file is missing, too large, not UTF-8 or not TOML.
    """
    try:
        if path.stat().st_size > MAX_TOML_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_TOML_BYTES} bytes, which no configuration is")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; give the path of a TOML file") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8; TOML files are UTF-8") from error
    return text_layer(text, str(path))


def text_layer(text: str, source: str) -> Layer:
    """Parse TOML text; ``source`` is used in messages. Raises ConfigError with the line."""
    try:
        return Layer(source, tomllib.loads(text), _key_lines(text))
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        # int() refuses numbers of thousands of digits with a plain ValueError.
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise ConfigError(f"{source}: not valid TOML: {reason}") from error


def override_layer(assignments: Iterable[str], source: str = "command line") -> Layer:
    """``["loss.margin=0.3", "data=~/pens"]``; a value that is not TOML is taken as a string. Raises ConfigError."""
    table: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*", name):
            raise ConfigError(f"{source}: {assignment!r} is not key=value")
        _put(table, tuple(name.replace("-", "_").split(".")), _value(value), source)
    return Layer(source, table)


def environment_layer(environment: Mapping[str, str]) -> Layer:
    """``SHOESTRING_LOSS__MARGIN=0.3`` sets ``loss.margin``; two underscores stand for the dot."""
    names = sorted(name for name in environment if name.startswith(ENVIRONMENT_PREFIX))
    table: dict[str, Any] = {}
    for name in names:
        key = name.removeprefix(ENVIRONMENT_PREFIX)
        if key not in RESERVED_ENVIRONMENT:
            _put(table, tuple(key.lower().split("__")), _value(environment[name]), "environment")
    return Layer("environment", table)


def load(cls: type[T], layers: Sequence[Layer]) -> T:
    """Merge ``layers``, the later over the earlier, into an instance of the component ``cls``.

    Raises:
        ConfigError: an unknown key (with the nearest known name), a missing key or a wrong value, with its place.
    """
    table, origin = merge(layers)
    instance: T = _build(cls, table, (), origin)
    return instance


def merge(layers: Sequence[Layer]) -> tuple[dict[str, Any], dict[KeyPath, Layer]]:
    """The merged table, and for each key (tables included) the layer that set it last."""
    table: dict[str, Any] = {}
    origin: dict[KeyPath, Layer] = {}
    for layer in layers:
        _merge_into(table, layer.table, (), layer, origin)
    return table, origin


def as_table(component: Any) -> dict[str, Any]:
    """A component as nested plain values; fields that are ``None`` are left out, since TOML has no null."""
    return {
        item.name: as_table(value) if dataclasses.is_dataclass(value) else value
        for item in dataclasses.fields(component)
        if (value := getattr(component, item.name)) is not None
    }


def dump(component: Any, **top: str) -> str:
    """A component as TOML that :func:`load` reads back equal; ``top`` adds keys in front, such as ``recipe``."""
    return tomli_w.dumps({**top, **as_table(component)})


def annotate(component: Any, layers: Sequence[Layer], **top: str) -> str:
    """:func:`dump` with the source of each value as a comment."""
    _, origin = merge(layers)
    table: KeyPath = ()
    annotated = []
    for line in dump(component, **top).splitlines():
        comment = ""
        if header := re.fullmatch(r"\[([\w.]+)\]", line):
            table = tuple(header[1].split("."))
        elif key := re.match(r"(\w+) = ", line):
            layer = origin.get((*table, key[1]))
            if key[1] not in top or table:
                comment = f"  # {layer.source if layer else 'default'}"
        annotated.append(line + comment)
    return "\n".join(annotated) + "\n"


def schema(cls: type) -> dict[str, Any]:
    """JSON schema of a component, for forms and documentation."""
    return _adapter(cls).json_schema()


def nearest(name: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` or what is known, at most :data:`MAX_LISTED` names, ready to follow a message."""
    choices = sorted(known)
    close = difflib.get_close_matches(name, choices, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    more = f" and {len(choices) - MAX_LISTED} more" if len(choices) > MAX_LISTED else ""
    return f"; known: {', '.join(choices[:MAX_LISTED]) or 'none'}{more}"


def _build(cls: Any, table: Any, path: KeyPath, origin: Mapping[KeyPath, Layer]) -> Any:
    if not isinstance(table, Mapping):
        raise ConfigError(f"{_place(path, origin)}: expected a table, got {table!r}")
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {item.name: item for item in dataclasses.fields(cls) if item.init}
    for key in table:
        if key not in fields:
            place = _place((*path, key), origin)
            raise ConfigError(f"{place}: unknown key {key!r}{nearest(key, fields)}")
    values: dict[str, Any] = {}
    for name, item in fields.items():
        if name in table:
            value = table[name]
            if dataclasses.is_dataclass(item.default) and isinstance(value, Mapping) and "kind" not in value:
                # `loss.margin=2` means the loss that the recipe has by default.
                value = {**as_table(item.default), **value}
            values[name] = _convert(hints[name], value, (*path, name), origin)
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            where = _place(path, origin) if path else "the command line"
            raise ConfigError(f"{'.'.join((*path, name))} is needed and has no default; give {name}=VALUE on {where}")
    try:
        return cls(**values)
    except ValueError as error:
        raise ConfigError(f"{_place(path, origin)}: {error}") from error


def _convert(hint: Any, value: Any, path: KeyPath, origin: Mapping[KeyPath, Layer]) -> Any:
    members = [member for member in _union_members(hint) if dataclasses.is_dataclass(member)]
    if members and isinstance(value, Mapping):
        return _build(_choose(members, value, path, origin), value, path, origin)
    if members and not isinstance(value, str) and value not in _union_members(hint):
        raise ConfigError(f"{_place(path, origin)}: expected a table, got {value!r}")
    if members and isinstance(value, str):
        # `loss=triplet` is the natural way to name a component that needs no other key.
        return _build(_choose(members, {"kind": value}, path, origin), {"kind": value}, path, origin)
    try:
        return _adapter(hint).validate_python(value)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]["msg"]
        raise ConfigError(f"{_place(path, origin)}: {value!r}: {problem}") from error


def _choose(members: list[Any], table: Mapping[str, Any], path: KeyPath, origin: Mapping[KeyPath, Layer]) -> Any:
    if len(members) == 1 and "kind" not in table:
        return members[0]
    kinds = {typing.get_args(typing.get_type_hints(member)["kind"])[0]: member for member in members}
    kind = table.get("kind")
    if kind not in kinds:
        raise ConfigError(f"{_place((*path, 'kind'), origin)}: unknown kind {kind!r}{nearest(str(kind), kinds)}")
    return kinds[kind]


def _union_members(hint: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return typing.get_args(hint) if is_union else (hint,)


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    if dataclasses.is_dataclass(hint) or hint is Any:
        return TypeAdapter(hint)
    return TypeAdapter(hint, config=ConfigDict(allow_inf_nan=False))


def _place(path: KeyPath, origin: Mapping[KeyPath, Layer]) -> str:
    layer = next((origin[path[:n]] for n in range(len(path), 0, -1) if path[:n] in origin), None)
    return layer.place(path) if layer else ".".join(path) or "configuration"


def _merge_into(
    target: dict[str, Any], table: Mapping[str, Any], path: KeyPath, layer: Layer, origin: dict[KeyPath, Layer]
) -> None:
    for key, value in table.items():
        here = (*path, key)
        origin[here] = layer
        if not isinstance(value, Mapping):
            target[key] = value
            continue
        below = target.get(key)
        if not isinstance(below, dict) or value.get("kind", below.get("kind")) != below.get("kind"):
            target[key] = below = {}
        _merge_into(below, value, here, layer, origin)


def _put(table: dict[str, Any], path: KeyPath, value: Any, source: str) -> None:
    for key in path[:-1]:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{source}: {'.'.join(path)} is set below {key!r}, which is a value")
    table[path[-1]] = value


def _value(text: str) -> Any:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError, KeyError):
        return text
    if isinstance(value, float) and not math.isfinite(value):
        return text
    return value


def _key_lines(text: str) -> dict[KeyPath, int]:
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([\w.\s-]+)\]", line):
            table = tuple(part.strip() for part in header[1].split("."))
            lines[table] = number
        elif key := re.match(r"\s*([\w.-]+)\s*=", line):
            lines[(*table, *key[1].split("."))] = number
    return lines
