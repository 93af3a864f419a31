"""A component is a frozen, keyword-only dataclass of hyper-parameters with one verb.

The same class is the Python object, the TOML table, the ``--help`` text, the JSON schema and the studio form, so it
stores what it is given and computes only in its verb.
"""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def component(cls: type[T]) -> type[T]:
    """Make ``cls`` a component."""
    # Without "forbid", validation ignores misspelt keys of standard dataclasses in silence. The strings below fields
    # become the descriptions in the JSON schema, and with it in forms and in the REST reference.
    cls.__pydantic_config__ = {"extra": "forbid", "use_attribute_docstrings": True}  # type: ignore[attr-defined]
    return dataclass(frozen=True, kw_only=True)(cls)
