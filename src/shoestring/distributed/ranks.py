"""Which rank each matrix deserves: columns go where they buy the most of the gradient for a byte."""

import heapq
from collections.abc import Mapping, Sequence

from shoestring.distributed.layout import matrix_shape


def choose_ranks(
    shapes: Mapping[str, Sequence[int]], missed: Mapping[str, float], current: Mapping[str, int], budget: int, most: int
) -> dict[str, int]:
    """Ranks by name, at least 1 and at most ``most``, whose factors hold about ``budget`` numbers together.

    ``missed``: squared norm of what each matrix could not send at its ``current`` rank. It is taken to be spread evenly
    over the singular directions that were left out, so the next column of a matrix n x m is worth
    ``missed / (min(n, m) - rank)`` for n + m numbers; columns that are already there are worth twice that. The best
    ratio is taken again and again until the budget is used. Deterministic: equal arguments give equal ranks.
    """
    sides = {name: matrix_shape(shape) for name, shape in shapes.items()}
    known = {name: two for name, two in sides.items() if two is not None and name in current}
    ranks = dict.fromkeys(known, 1)
    used = sum(n + m for n, m in known.values())

    def worth(name: str) -> float:
        n, m = known[name]
        left = max(1, min(n, m) - current[name])
        value = missed.get(name, 0.0) / left * (2.0 if ranks[name] < current[name] else 1.0)
        return value / (n + m)

    queue = [(-worth(name), name) for name in known]
    heapq.heapify(queue)
    while queue:
        negative, name = heapq.heappop(queue)
        n, m = known[name]
        if negative >= 0 or ranks[name] >= min(n, m, most) or used + n + m > budget:
            continue
        ranks[name] += 1
        used += n + m
        heapq.heappush(queue, (-worth(name), name))
    return ranks


def affordable_numbers(bytes_per_second: float, compute_seconds: float, share: float, each: int = 4) -> int:
    """Numbers of ``each`` bytes that a link carries in ``share`` of the time that a step computes."""
    return max(0, int(bytes_per_second * compute_seconds * share / each))
