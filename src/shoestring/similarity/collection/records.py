"""What a collection takes and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shoestring.core.erasure import Proof
from shoestring.similarity.cluster import Curve

CURVE_POINTS = 2000


class Encoder(Protocol):
    """Anything that makes the vectors of a collection."""

    @property
    def fingerprint(self) -> str:
        """Names configuration and weights: vectors of different fingerprints are never compared."""
        ...

    def encode(self, items: Sequence[Any], /) -> NDArray[np.float32]:
        """One vector [N, D] for each item."""
        ...


@dataclass(frozen=True)
class Info:
    """What is known of a collection without reading its rows."""

    name: str
    model: str | None
    source: str | None
    modality: str | None
    width: int | None
    rows: int
    created: float
    """Seconds since the epoch."""


@dataclass(frozen=True)
class Added:
    """What adding did."""

    added: int
    replaced: int
    """Rows of known ids with other content."""
    unchanged: int


@dataclass(frozen=True)
class Hit:
    """One row that was found."""

    id: str
    score: float
    """Cosine, from -1 to 1."""
    text: str | None
    reference: str | None
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """The answer to a search."""

    hits: Sequence[Hit]
    exact: bool
    recall: float | None
    """Of an approximate answer: the share of the true neighbours that the index found when it was measured."""
    searched: int
    """Rows that were compared, or that the index covers."""
    note: str = ""


@dataclass(frozen=True)
class Duplicates:
    """Pairs at a threshold or above, and the groups that they make."""

    threshold: float
    rows: int
    pairs: Sequence[tuple[str, str, float]]
    """Most similar first; at most as many as were asked for."""
    total: int
    """All pairs at the threshold or above."""
    groups: Sequence[Sequence[str]]
    """Ids that pairs connect, largest group first, each with two or more."""
    curve: Curve

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        pairs = [{"first": first, "second": second, "score": score} for first, second, score in self.pairs]
        return {
            "threshold": self.threshold, "rows": self.rows, "pairs": pairs, "total_pairs": self.total,
            "truncated": self.total > len(pairs), "groups": [list(group) for group in self.groups],
            "curve": self.curve.thinned(CURVE_POINTS),
        }  # fmt: skip


@dataclass(frozen=True)
class Clusters:
    """Every row in one group."""

    linkage: str
    rows: int
    groups: Sequence[Sequence[str]]
    """Ids, largest group first, groups of one included."""
    curve: Curve

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "linkage": self.linkage, "rows": self.rows, "groups": [list(group) for group in self.groups],
            "curve": self.curve.thinned(CURVE_POINTS),
        }  # fmt: skip


@dataclass(frozen=True)
class Erased:
    """What was deleted, and the proof."""

    deleted: int
    """Rows."""
    missing: int
    """Ids that were not there."""
    proof: Proof

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def in_groups(labels: NDArray[np.int64], ids: Sequence[str], least: int = 1) -> list[list[str]]:
    """Ids of each label with ``least`` members or more, the largest first, then by first appearance."""
    members: dict[int, list[str]] = {}
    for label, identity in zip(labels.tolist(), ids, strict=True):
        members.setdefault(label, []).append(identity)
    return sorted((group for group in members.values() if len(group) >= least), key=lambda group: -len(group))
