"""Names of people: any script, nothing that could be something else in disguise."""

import unicodedata

from shoestring.core.errors import BadDataError

MAX_NAME = 200
"""Characters."""
REPLACEMENT = "\ufffd"
"""Stands for bytes that are not UTF-8: two different broken names would be one person."""
FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories: control, format (invisible, text direction), surrogate, private, unassigned, line breaks."""


def clean_name(name: str) -> str:
    """The name in composed form (NFC). A name is a value in a table and never a part of a path.

    Raises:
        BadDataError: empty, too long, blank at an end, or with a character that cannot be seen.
    """
    composed = unicodedata.normalize("NFC", name)
    if not 0 < len(composed) <= MAX_NAME:
        raise BadDataError(f"a name has 1 to {MAX_NAME} characters, this one has {len(composed)}")
    if composed != composed.strip():
        raise BadDataError("a name neither begins nor ends with a blank")
    for position, character in enumerate(composed):
        if character in "/\\":
            raise BadDataError(f"a name cannot contain {character!r}")
        if unicodedata.category(character) in FORBIDDEN or character == REPLACEMENT:
            raise BadDataError(f"character {position + 1} of the name (U+{ord(character):04X}) cannot be seen")
    if composed in {".", ".."}:
        # Browsers and proxies resolve these two in an address before it arrives.
        raise BadDataError(f"{composed!r} cannot be a name")
    return composed
