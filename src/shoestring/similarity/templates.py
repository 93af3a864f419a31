"""What is stored of an identity, and what a matcher must do with it."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError

_MAGIC = b"shoestring.template/1\n"


@dataclass(frozen=True)
class Template:
    """What is kept of one person: nothing else of the enrolled items is needed to verify the next one."""

    matcher: str
    """Fingerprint of the matcher that made it; another matcher refuses it."""
    count: int
    """Items inside, updates included."""
    payload: bytes
    """The identity itself: ``len(template.payload)`` is the size that is printed."""
    level: float | None = None
    """Mean score of each enrolled item against the others, for per-user thresholds; None where those are not used."""

    def to_bytes(self) -> bytes:
        """The payload behind one line of JSON, for a store that keeps a single value."""
        header = {"matcher": self.matcher, "count": self.count, "level": self.level, "bytes": len(self.payload)}
        return _MAGIC + json.dumps(header).encode() + b"\n" + self.payload

    @classmethod
    def from_bytes(cls, data: bytes) -> "Template":
        """Read what :meth:`to_bytes` wrote; raises :class:`BadDataError` on anything else."""
        header, separator, payload = data[len(_MAGIC) :].partition(b"\n")
        try:
            if not data.startswith(_MAGIC) or not separator:
                raise ValueError("no template header")
            fields = json.loads(header)
            matcher, count, level, size = (fields[key] for key in ("matcher", "count", "level", "bytes"))
            if not isinstance(matcher, str) or type(count) is not int or count < 1:
                raise ValueError(f"matcher {matcher!r}, count {count!r}")
            if size != len(payload):
                raise ValueError(f"{len(payload)} bytes of payload, {size} announced")
            if level is not None and not (isinstance(level, int | float) and math.isfinite(level)):
                raise ValueError(f"level {level!r}")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadDataError(f"not a stored template: {error}; enrol the person again") from error
        return cls(matcher, count, payload, level)


class Matcher(Protocol):
    """Anything that turns items of one person into a template and scores further items against it.

    Items are opaque here: a pen signature, an image or a text. A matcher may cache what it computes of an item object,
    since :func:`~shoestring.similarity.protocol.compare` scores the same objects against many templates.
    """

    kind: str

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of the SHA-256 of configuration and weights."""
        ...

    def enrol(self, items: Sequence[Any]) -> Template:
        """A template of at least one item; raises :class:`BadDataError` for items that cannot be used."""
        ...

    def score(self, template: Template, items: Sequence[Any]) -> NDArray[np.float64]:
        """[N] similarity of each item to the template, finite, higher = more alike."""
        ...

    def update(self, template: Template, item: Any) -> Template:
        """The template after ``item`` was accepted as this person's."""
        ...

    def explain(self, template: Template, item: Any) -> dict[str, Any] | None:
        """What a page can show of the comparison; None where the kind has nothing to show."""
        ...

    def save(self, folder: Path) -> None:
        """Write ``config.json`` and ``*.safetensors`` into ``folder``."""
        ...


def readable(matcher: Matcher) -> frozenset[str]:
    """Fingerprints of the matchers whose templates ``matcher`` understands: its own, and those that it declares.

    A matcher whose encoder was trained to match the vectors of an earlier one has ``reads``, a property with this set;
    all others understand their own templates only.
    """
    return frozenset(getattr(matcher, "reads", ())) | {matcher.fingerprint}


def leave_one_out_level(matcher: Matcher, items: Sequence[Any]) -> float | None:
    """Mean score of each of a person's items against a template of the others; None for a single item."""
    if len(items) < 2:
        return None
    scores = [
        matcher.score(matcher.enrol([*items[:left_out], *items[left_out + 1 :]]), [items[left_out]])[0]
        for left_out in range(len(items))
    ]
    return float(np.mean(scores))
