"""The Python reference, from docstrings."""

import inspect
from importlib import import_module
from types import ModuleType
from typing import Any

import shoestring
from docs.parts.markdown import first, grid, prose

PLAIN = (str, int, float, tuple, type(None), type(inspect.Parameter.empty))
"""Defaults that are shown as they are."""
LAYER_ONE = (
    "shoestring.data.stroke_files", "shoestring.data.sigma_lognormal", "shoestring.similarity.metrics",
    "shoestring.similarity.bounds", "shoestring.similarity.bootstrap", "shoestring.similarity.protocol",
    "shoestring.similarity.search", "shoestring.similarity.pairs", "shoestring.similarity.cluster",
    "shoestring.similarity.cluster_scores", "shoestring.similarity.retrieval", "shoestring.similarity.vector_codes",
    "shoestring.core.folder", "shoestring.distributed.reducer", "shoestring.distributed.sharing",
    "shoestring.distributed.ddp_hook", "shoestring.distributed.link", "shoestring.distributed.tunnel",
)  # fmt: skip
"""Modules whose public names are listed in the Python reference below the names of the package itself."""


def python_names() -> str:
    """The public names of the package, then those of the modules in ``LAYER_ONE``."""
    parts = []
    for name in shoestring.__all__:
        if not name.startswith("_"):
            parts.append(_described(f"shoestring.{name}", getattr(shoestring, name)))
    for place in LAYER_ONE:
        module = import_module(place)
        rows = [(f"`{name}{_signature(item)}`", first(item.__doc__)) for name, item in _public(module)]
        parts.append(f"### `{place}`\n\n{first(module.__doc__)}\n\n" + grid(("Name", "Is"), rows) + "\n")
    return "".join(parts)


def _public(module: ModuleType) -> list[tuple[str, Any]]:
    named = getattr(module, "__all__", None)
    return [
        (name, item)
        for name, item in vars(module).items()
        if (inspect.isfunction(item) or inspect.isclass(item))
        and (name in named if named else item.__module__ == module.__name__ and name[0] != "_")
    ]


def _described(name: str, item: Any) -> str:
    methods: list[tuple[object, ...]] = [
        (f"`.{key}{_signature(inspect.unwrap(method))}`", first(method.__doc__))
        for key, value in vars(item).items()
        if inspect.isclass(item) and not key.startswith("_") and value.__doc__
        and inspect.isfunction(method := getattr(value, "__func__", value))
    ]  # fmt: skip
    table = grid(("Method", "Does"), methods) + "\n" if methods else ""
    code = f"```text\n{name}{_signature(item)}\n```\n\n" if inspect.isfunction(item) else ""
    return f"### `{name}`\n\n{code}{prose(item.__doc__)}\n\n{table}"


def _signature(item: Any) -> str:
    """The arguments as the source has them, without annotations: types are in the docstrings and in the editor."""
    if inspect.isclass(item):
        return ""
    arguments = inspect.signature(item).parameters.values()
    bare = [
        a.replace(annotation=a.empty, default=a.default if isinstance(a.default, PLAIN) else ...)
        for a in arguments
        if a.name not in ("self", "cls")
    ]
    return str(inspect.Signature(bare))
