"""Machine learning when labels, rewards, comparisons or bandwidth are scarce.

Importing this package imports nothing heavy: public names are resolved when they are first used.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "load": "shoestring.recipes.loading",
    "train": "shoestring.recipes.training",
    "Signature": "shoestring.data.strokes",
    "read_signatures": "shoestring.data.stroke_files",
    "write_signatures": "shoestring.data.stroke_files",
    "Verifier": "shoestring.similarity.verifier",
    "Collection": "shoestring.similarity.collection",
}

__all__ = ["__version__"]
__all__ += list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'shoestring' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
