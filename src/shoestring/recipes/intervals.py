"""The middle of a few repeated runs, with what so few can say about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, isfinite

CONFIDENCE = 0.95


@dataclass(frozen=True)
class MedianInterval:
    """The median of ``n`` values with a distribution-free interval."""

    value: float
    low: float
    high: float
    n: int
    coverage: float
    """Probability that such an interval holds the true median; below 0.95 with fewer than six values, 0 with one."""

    def as_dict(self) -> dict[str, float]:
        return {"value": self.value, "low": self.low, "high": self.high, "seeds": self.n, "coverage": self.coverage}


def median_interval(values: Sequence[float]) -> MedianInterval:
    """The order statistics ``x(k) .. x(n+1-k)``, with the largest k that still covers 95 %, else the whole range.

    ``x(k) <= median <= x(n+1-k)`` fails only when fewer than k of n fair coins show heads, or fewer than k show tails,
    so the coverage is exact for any continuous distribution (Conover, Practical Nonparametric Statistics, 3.2).

    Raises:
        ValueError: no values, or one that is not finite.
    """
    ordered = sorted(map(float, values))
    n = len(ordered)
    if not n or not all(map(isfinite, ordered)):
        raise ValueError(f"a median needs finite values, not {values}")
    median = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    coverages = {k: 1 - 2 * sum(comb(n, j) for j in range(k)) / 2**n for k in range(1, n // 2 + 1)}
    k = max((k for k, coverage in coverages.items() if coverage >= CONFIDENCE), default=1)
    return MedianInterval(median, ordered[k - 1], ordered[n - k], n, round(coverages.get(k, 0.0), 6))
