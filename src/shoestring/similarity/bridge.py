"""An older matcher's templates read by a newer one, as a matcher: what an upgrade does to old enrolments."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.templates import Matcher, Template, readable


class Bridge:
    """Enrols with ``older`` and scores with ``newer``, whose fingerprint it has: its comparisons belong to that one.

    It measures and is no model: it cannot be saved.
    """

    kind = "bridge"

    def __init__(self, older: Matcher, newer: Matcher) -> None:
        """Raises BadDataError when ``newer`` does not read the templates of ``older``."""
        if older.fingerprint not in readable(newer):
            raise BadDataError(f"model {newer.fingerprint} does not read the templates of model {older.fingerprint}")
        self.older, self.newer = older, newer

    @property
    def fingerprint(self) -> str:
        """That of the newer matcher."""
        return self.newer.fingerprint

    @property
    def reads(self) -> frozenset[str]:
        """What the newer matcher reads."""
        return readable(self.newer)

    def enrol(self, items: Sequence[Any]) -> Template:
        """A template as it was stored before the upgrade."""
        return self.older.enrol(items)

    def score(self, template: Template, items: Sequence[Any]) -> NDArray[np.float64]:
        """What the newer matcher says of new items."""
        return self.newer.score(template, items)

    def update(self, template: Template, item: Any) -> Template:
        """As the newer matcher does."""
        return self.newer.update(template, item)

    def explain(self, template: Template, item: Any) -> dict[str, Any] | None:
        """As the newer matcher does."""
        return self.newer.explain(template, item)
