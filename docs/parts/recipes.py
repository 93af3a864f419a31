"""Recipes, presets and components, from their classes."""

import ast
import dataclasses
import inspect
import textwrap
import typing
from collections.abc import Iterator
from typing import Any

from docs.parts.markdown import first, grid, prose
from shoestring.recipes import RECIPES, presets


def recipe_keys() -> str:
    """Every recipe, its keys, and the components that its tables may name."""
    parts = []
    families: dict[str, type[Any]] = {}
    for name, entry in RECIPES.items():
        cls = entry.component()
        used = [preset.name for preset in presets() if preset.recipe == name]
        parts.append(f"## Recipe `{name}`\n\n{prose(cls.__doc__)}\n\n")
        parts.append(f"Presets: {', '.join(f'`{preset}`' for preset in used) or 'none'}.\n\n")
        parts.append(_fields(cls) + "\n")
        families |= {_anchor(member): member for member in _reachable(cls)}
    if families:
        parts.append("## Components\n\nA table in a recipe is one of these; `kind` says which.\n\n")
    for anchor, cls in sorted(families.items()):
        place = f"{cls.__module__}.{cls.__qualname__}"
        parts.append(f"### `{_kind(cls) or cls.__name__}` {{#{anchor}}}\n\n{prose(cls.__doc__)}\n\n`{place}`\n\n")
        parts.append(_fields(cls) + "\n")
    return "".join(parts).rstrip() + "\n"


def presets_table() -> str:
    """The packaged presets with their one line of help."""
    return grid(("Preset", "Recipe", "Is"), [(f"`{p.name}`", f"`{p.recipe}`", prose(p.help)) for p in presets()])


def _reachable(cls: type[Any]) -> Iterator[type[Any]]:
    for hint in typing.get_type_hints(cls).values():
        for member in _members(hint):
            yield member
            yield from _reachable(member)


def _members(hint: Any) -> list[type[Any]]:
    inner = typing.get_args(hint) or (hint,)
    return [member for member in inner if isinstance(member, type) and dataclasses.is_dataclass(member)]


def _kind(cls: type[Any]) -> str:
    hint = typing.get_type_hints(cls).get("kind")
    return str(typing.get_args(hint)[0]) if hint is not None and typing.get_args(hint) else ""


def _anchor(cls: type[Any]) -> str:
    return f"{cls.__module__.rpartition('.')[2]}-{_kind(cls) or cls.__name__}".replace("_", "-").lower()


def _fields(cls: type[Any]) -> str:
    hints, rows = typing.get_type_hints(cls), []
    for name, (annotation, default, text) in field_texts(cls).items():
        if name == "kind":
            continue
        members = _members(hints[name])
        tables = ", ".join(f"[`{_kind(member) or member.__name__}`](#{_anchor(member)})" for member in members)
        rows.append((f"`{name}`", tables or f"`{annotation}`", f"`{default}`" if default else "needed", text))
    return grid(("Key", "Takes", "Default", "Is"), rows) if rows else "No keys.\n"


def field_texts(cls: type[Any]) -> dict[str, tuple[str, str, str]]:
    """``name -> (type, default, text)`` of a dataclass, the text being the string below the field in its source."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for node, after in zip(body.body, [*body.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            default = "" if node.value is None else ast.unparse(node.value)
            documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            text = first(after.value.value) if documented else ""
            found[node.target.id] = (ast.unparse(node.annotation), default, text)
    return found
