"""What an article claims, how it is measured here, and what came out.

``papers/<slug>.py`` holds ``measure(quick, root) -> list[Claim]``; :mod:`shoestring.papers.reproducing` runs it, stores
the result and writes the table into the article's page.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from shoestring.core.errors import BadDataError

SCHEMA = "shoestring.claims/1"

Verdict = Literal["met", "met in direction", "not met", "not testable here"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One published statement with our measurement of it."""

    id: str
    statement: str
    source: str
    """Section, table or figure of the paper."""
    metric: str
    published: float | None
    """The figure printed there, in the unit of ``ours``; None where the paper claims without a figure."""
    ours: float | None
    """What was measured here; None only for ``not testable here``."""
    low: float | None = None
    """95 % interval of ``ours``; None where the measurement has none, such as a size in bytes."""
    high: float | None = None
    seeds: int = 1
    values: Sequence[float] = ()
    """What each seed gave, in the unit of ``ours`` and in order; empty where seeds are not the unit."""
    budget: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Units spent by kind, all seeds together."""
    verdict: Verdict
    why: str
    """How the verdict follows from the numbers, and what differs from the paper's set-up."""
    command: str
    """What repeats this one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if self.verdict not in VERDICTS:
            raise ValueError(f"claim {self.id!r}: verdict {self.verdict!r} is not one of {', '.join(VERDICTS)}")
        if (self.ours is None) != (self.verdict == "not testable here"):
            raise ValueError(f"claim {self.id!r}: a verdict needs a measurement, and 'not testable here' has none")
        numbers = [number for number in (self.ours, self.low, self.high) if number is not None]
        if not all(map(math.isfinite, numbers)):
            raise ValueError(f"claim {self.id!r}: {numbers} are not all finite numbers")
        if self.values and len(self.values) != self.seeds:
            raise ValueError(f"claim {self.id!r}: {len(self.values)} values of {self.seeds} seeds")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"claim {self.id!r}: low {self.low} is above high {self.high}")


def judge(low: float, high: float, *, published: float, chance: float) -> Verdict:
    """The verdict of a figure with interval ``[low, high]`` against a published one and the value without the effect.

    *met*: the interval reaches the published figure or lies beyond it, seen from ``chance``. *met in direction*: the
    whole interval is on the published side of ``chance``. *not met*: anything else.
    """
    sign = math.copysign(1.0, published - chance)
    if max(sign * low, sign * high) >= sign * published and min(sign * low, sign * high) > sign * chance:
        return "met"
    return "met in direction" if min(sign * low, sign * high) > sign * chance else "not met"


def document(paper: str, claims: Sequence[Claim], *, quick: bool) -> dict[str, Any]:
    """The JSON document of one article."""
    return {"schema": SCHEMA, "paper": paper, "quick": quick, "claims": [dataclasses.asdict(c) for c in claims]}


def read(value: Mapping[str, Any]) -> list[Claim]:
    """The claims of :func:`document`. Raises BadDataError."""
    if value.get("schema") != SCHEMA:
        raise BadDataError(f"claims: schema {value.get('schema')!r} is not {SCHEMA!r}")
    try:
        return [Claim(**entry) for entry in value["claims"]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadDataError(f"claims of {value.get('paper')!r}: {error}; run shoestring reproduce again") from error
