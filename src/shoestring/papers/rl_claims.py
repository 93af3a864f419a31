"""Claims about reinforcement learning: seeds are the unit, the middle half of them the figure, resampling the interval.

A level is the interquartile mean over seeds; a comparison is that of the differences, seed by seed. Both come with 95 %
bootstrap intervals and with what every seed gave. A single seed has no interval, and proves nothing here.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from shoestring.papers.claims import Claim, Verdict
from shoestring.rl.statistics import Estimate, bootstrap, interquartile_mean

RESAMPLES = 10_000
Values = Sequence[float] | np.ndarray
"""One number of each seed."""
Side = Literal["more", "less"]


@dataclass(frozen=True)
class Statement:
    """What is claimed, before it is measured."""

    id: str
    statement: str
    source: str
    metric: str
    command: str


def estimate(values: Values) -> Estimate:
    """The interquartile mean of one value a seed, with its interval; the resampling is seeded, so it repeats."""
    table = np.asarray(values, dtype=float)[:, None]
    return bootstrap(table, np.random.default_rng(0), interquartile_mean, RESAMPLES)


def comparison(said: Statement, ours: Values, theirs: Values, *, spent: int, note: str) -> Claim:
    """``ours`` is more than ``theirs``, one value of each for every seed.

    *met*: the whole interval of the difference is above 0. *In direction*: only the value is, or there is one seed.
    """
    difference = np.subtract(ours, theirs)
    found = estimate(difference)
    why = f"{estimate(ours)} beside {estimate(theirs)}; {note}"
    return _claim(said, difference, (beyond(found, 0.0, "more"), why), published=None, spent=spent)


def level(said: Statement, values: Values, *, published: float, chance: float, spent: int, note: str) -> Claim:
    """The interquartile mean reaches ``published``, seen from ``chance``, the value of knowing nothing.

    *met*: its *lower* bound does. *In direction*: the whole interval is better than ``chance``. A single seed has no
    bound, and at most goes in the direction.
    """
    found = estimate(values)
    side: Side = "more" if published >= chance else "less"
    verdict = beyond(found, published, side, reached=True)
    if verdict != "met":
        better = "met" if not found.single else "met in direction"
        verdict = "met in direction" if beyond(found, chance, side) == better else "not met"
    return _claim(said, values, (verdict, note), published=published, spent=spent)


def near(said: Statement, values: Values, *, published: float, within: float, spent: int, note: str) -> Claim:
    """The interquartile mean is ``published`` give or take ``within``; *met* when its whole interval is inside."""
    found = estimate(values)
    inside = published - within <= found.low and found.high <= published + within and not found.single
    verdict: Verdict = "met" if inside else "met in direction" if abs(found.value - published) <= within else "not met"
    return _claim(said, values, (verdict, f"equal means within {within:.3g}; {note}"), published=published, spent=spent)


def exact(said: Statement, ours: float, *, published: float | None, within: float, note: str) -> Claim:
    """A computed figure without chance: *met* when it is ``published`` (0 without one) give or take ``within``."""
    met = abs(ours - (published or 0.0)) <= within
    return Claim(
        **vars(said), published=published, ours=ours, seeds=0, verdict="met" if met else "not met",
        why=f"computed, not sampled; {note}",
    )  # fmt: skip


def untested(said: Statement, why: str) -> Claim:
    """What cannot be measured on this machine, with the reason."""
    return Claim(**vars(said), published=None, ours=None, seeds=0, verdict="not testable here", why=why)


def beyond(found: Estimate, bound: float, side: Side, *, reached: bool = False) -> Verdict:
    """*met*: the whole interval lies beyond ``bound`` (or on it, with ``reached``). *In direction*: the value does."""
    sign = 1.0 if side == "more" else -1.0
    worst, limit = min(sign * found.low, sign * found.high), sign * bound
    if not found.single and (worst > limit or (reached and worst >= limit)):
        return "met"
    return "met in direction" if sign * found.value > limit else "not met"


def _claim(
    said: Statement, values: Values, judgement: tuple[Verdict, str], *, published: float | None, spent: int
) -> Claim:
    found, (verdict, why) = estimate(values), judgement
    digits = 4 - math.ceil(math.log10(max(abs(found.value), 1e-3)))
    known = not found.single
    budget: Mapping[str, int] = {"env_steps": spent} if spent else {}
    return Claim(
        **vars(said), published=published, ours=round(found.value, digits),
        low=round(found.low, digits) if known else None, high=round(found.high, digits) if known else None,
        seeds=found.runs, values=[round(float(value), digits) for value in values], budget=budget, verdict=verdict,
        why=why if known else f"one seed, which proves nothing; {why}",
    )  # fmt: skip
