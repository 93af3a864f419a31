"""The fields of a recipe, read from its source: describing a recipe does not import it, and so not torch."""

import ast
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from shoestring.recipes import Entry


@dataclass(frozen=True)
class FieldText:
    """One key of a recipe as its source has it."""

    name: str
    type: str
    default: str
    """Python source; empty where the key is needed."""
    help: str


def recipe_fields(entry: Entry) -> tuple[str, list[FieldText]]:
    """The docstring of a recipe's component and its fields, in order."""
    spec = find_spec(entry.module)
    assert spec is not None and spec.origin is not None, f"{entry.module} is in the table of recipes and not installed"
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    cls = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == entry.cls)
    fields = []
    for node, following in zip(cls.body, [*cls.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            default = "" if node.value is None else ast.unparse(node.value)
            fields.append(FieldText(node.target.id, ast.unparse(node.annotation), default, _text(following)))
    return ast.get_docstring(cls) or ast.get_docstring(tree) or "", fields


def _text(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return ""
