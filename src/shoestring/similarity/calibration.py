"""Two thresholds from evidence: where acceptance starts, where rejection ends, and what may be promised there.

The comparisons of a calibration are people whom the matcher never saw in training and who are not in the evaluation.
The accept threshold is the lowest one such that *it and every higher one* has an upper 95 % bound of the false accept
rate within the target; the reject threshold mirrors that for false rejects. Stopping at the first violation, seen from
the safe end, is what keeps the bound valid although the threshold was chosen on the same scores (Bates et al. 2021,
"Distribution-free, risk-controlling prediction sets", theorem 1).
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.similarity.bootstrap import paired_bootstrap
from shoestring.similarity.bounds import ErrorTail, error_tail, people_needed
from shoestring.similarity.llr import Affine, fit_affine
from shoestring.similarity.metrics import eer, rank
from shoestring.similarity.protocol import Comparisons, Kind

Thresholds = Literal["auto", "global", "per-user"]
MIN_PEOPLE_FOR_PER_USER = 10


@dataclass(frozen=True)
class Targets:
    """What the user asks for: rates in (0, 1), each promised with 95 % confidence or not at all."""

    false_accept: float = 0.05
    false_reject: float = 0.05

    def __post_init__(self) -> None:
        for name in ("false_accept", "false_reject"):
            value = getattr(self, name)
            if not 0 < value < 1:
                raise ConfigError(f"target {name}={value}: give a rate between 0 and 1, such as 0.05")


@dataclass(frozen=True)
class PerUser:
    """A person's threshold is the global one plus ``weight * (level - mean)``; weight 0 is the global threshold."""

    weight: float = 0.0
    """Shrinkage in [0, 1]: how much of a person's deviating level comes back in that person's later scores."""
    mean: float = 0.0
    """Mean level of the calibration people."""
    why: str = "global threshold: per-user thresholds were not asked for"

    def shift(self, level: float | None | NDArray[np.float64]) -> Any:
        """What is added to the threshold of a person with this level (0 where the level is not known)."""
        if level is None:
            return 0.0
        shift = self.weight * (np.asarray(level, dtype=np.float64) - self.mean)
        return np.where(np.isnan(shift), 0.0, shift)


@dataclass(frozen=True)
class Bound:
    """An error rate at one threshold: what was seen, and what it supports."""

    kind: Kind
    seen: float
    """Error rate on the calibration comparisons."""
    upper95: float
    """The true rate is at most this, with 95 % confidence."""
    people: int
    pairs: int


@dataclass(frozen=True)
class OperatingPoints:
    """Accept at or above ``accept``, reject below ``reject``, else undecided."""

    accept: float
    """``inf`` where the evidence supports no accept threshold."""
    reject: float
    """``-inf`` where the evidence supports no reject threshold; never above ``accept``."""
    false_accept: tuple[Bound, ...]
    """At the accept threshold, the kind that set it first (at the strictest threshold when it is ``inf``)."""
    false_reject: Bound
    missing: tuple[str, ...]
    """What would have to be collected, in plain sentences; empty when both thresholds exist."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Comparisons kept apart for thresholds, with everything that follows from them."""

    comparisons: Comparisons
    targets: Targets = Targets()
    per_user: PerUser = PerUser()

    @classmethod
    def fit(
        cls, comparisons: Comparisons, targets: Targets | None = None, thresholds: Thresholds = "auto"
    ) -> "Calibration":
        """Choose between the global and per-user thresholds; people's names are replaced by numbers.

        Raises :class:`BadDataError` for an empty table. Too little evidence is no error: it shows as ``missing``.
        """
        if not len(comparisons):
            raise BadDataError("calibration: no comparisons at all")
        return cls(comparisons, targets or Targets(), choose_per_user(comparisons, thresholds))

    def __post_init__(self) -> None:
        object.__setattr__(self, "comparisons", _anonymous(self.comparisons))

    @property
    def impostors(self) -> tuple[Kind, ...]:
        """Kinds of impostors present, the one that sets the accept threshold first."""
        kinds: tuple[Kind, ...] = ("skilled", "random")
        return tuple(kind for kind in kinds if self.comparisons.count(kind))

    @cached_property
    def shifted(self) -> Comparisons:
        """The comparisons after each person's shift: the scores that one global threshold applies to."""
        shift = self.per_user.shift(self.comparisons.level)
        return replace(self.comparisons, score=self.comparisons.score - shift)

    @cached_property
    def llr(self) -> Affine | None:
        """Score to natural log likelihood ratio against the leading kind of impostor; None without both sides."""
        if not self.impostors or not self.comparisons.count("genuine"):
            return None
        chosen = self.shifted.against(self.impostors[0])
        return fit_affine(chosen.score, chosen.genuine)

    @cached_property
    def _tails(self) -> dict[Kind, ErrorTail]:
        tails: dict[Kind, ErrorTail] = {}
        for kind in ("genuine", *self.impostors):
            chosen = self.shifted.rows(self.shifted.kind == kind)
            tails[kind] = error_tail(-chosen.score if kind == "genuine" else chosen.score, chosen.subject, chosen.probe)
        return tails

    @cached_property
    def points(self) -> OperatingPoints:
        """The operating points for the targets."""
        return self.points_for(self.targets)

    def points_for(self, targets: Targets, enrolled: int = 1) -> OperatingPoints:
        """The operating points for other targets on the same evidence.

        With ``enrolled`` people to be mistaken for, a stranger has as many chances: the rate of strangers has to keep
        the target divided by that number (union bound), that of forgers, who imitate one person, the target itself.
        """
        missing: list[str] = []
        leading = self.impostors[0] if self.impostors else None
        demands: list[tuple[Kind | None, float]] = [(leading, targets.false_accept)]
        if enrolled > 1 and self.impostors:
            demands.append((self.impostors[-1], targets.false_accept / enrolled))
        accept, reject = -math.inf, -math.inf
        for kind, target in demands:
            lowest = _strictest_allowed(self._tails[kind], target) if kind else math.inf
            if not math.isfinite(lowest):
                missing.append(self._missing("accepting", f"{kind or 'impostor'} comparisons", kind, target))
            accept = max(accept, lowest)
        if self.comparisons.count("genuine"):
            reject = -_strictest_allowed(self._tails["genuine"], targets.false_reject)
        if not math.isfinite(reject):
            missing.append(self._missing("rejecting", "genuine comparisons", "genuine", targets.false_reject))
        # Where the sides are so far apart that both answers would keep their promise, acceptance goes first.
        reject = min(reject, accept)
        false_accept = tuple(self._bound(kind, accept) for kind in self.impostors) or (Bound("random", 1.0, 1.0, 0, 0),)
        return OperatingPoints(accept, reject, false_accept, self._bound("genuine", reject), tuple(missing))

    def _bound(self, kind: Kind, threshold: float) -> Bound:
        if kind not in self._tails or not len(self._tails[kind].score):
            return Bound(kind, 1.0, 1.0, 0, 0)
        tail = self._tails[kind]
        # False accepts are scores at or above the threshold, false rejects (negated) strictly beyond it.
        if kind == "genuine":
            errors = int(np.searchsorted(-tail.score, threshold, side="left"))
        else:
            errors = int(np.searchsorted(-tail.score, -threshold, side="right"))
        upper = float(tail.upper(np.array([errors]))[0])
        return Bound(kind, float(tail.rate[errors]), upper, tail.people, len(tail.score))

    def _missing(self, act: str, what: str, kind: Kind | None, target: float) -> str:
        tail = self._tails.get(kind) if kind else None
        have = math.floor(tail.equal_people + 1e-9) if tail else 0
        more = max(people_needed(target) - have, 1)
        return (
            f"{act} with at most {target:.2%} errors is not supported: {have} people with {what} can show no less than "
            f"{1.0 if not have else 1 - 0.05 ** (1 / have):.1%}; collect {more} more people"
        )


def _anonymous(comparisons: Comparisons) -> Comparisons:
    """The same table with running numbers for people: a model folder must not carry anybody's name."""
    names = np.union1d(comparisons.subject, comparisons.probe)
    names = names[names != ""]
    numbers = np.array([f"{place:06d}" for place in range(len(names))] + [""])

    def number(column: NDArray[np.str_]) -> NDArray[np.str_]:
        return numbers[np.where(column == "", len(names), np.searchsorted(names, column))]

    return replace(comparisons, subject=number(comparisons.subject), probe=number(comparisons.probe), notes=())


def _strictest_allowed(tail: ErrorTail, target: float) -> float:
    """The last threshold, coming from the safe end, up to which every bound keeps the target; inf if none does."""
    # A rate above the target cannot have a bound below it.
    candidates = np.flatnonzero(tail.rate <= target)
    allowed = tail.upper(candidates) <= target
    if not allowed[0]:
        return math.inf
    last = len(allowed) - 1 if allowed.all() else int(np.argmin(allowed)) - 1
    # Just above the next score: where that one equals the last error, it takes all equal ones out with it.
    return float(np.nextafter(tail.score[last], np.inf))


def choose_per_user(comparisons: Comparisons, thresholds: Thresholds) -> PerUser:
    """Fit the shrinkage, and with ``auto`` keep it only where it lowers the EER beyond doubt.

    The weight is the least-squares slope of people's mean genuine score on their level: with noisy levels it falls
    below one, which is the regression to the mean that an empirical-Bayes estimate would apply.
    """
    if thresholds == "global":
        return PerUser(why="global threshold: asked for")
    genuine = comparisons.rows(comparisons.genuine & ~np.isnan(comparisons.level))
    people, first, place = np.unique(genuine.subject, return_index=True, return_inverse=True)
    if len(people) < 3:
        if thresholds == "per-user":
            raise BadDataError(
                "per-user thresholds need leave-one-out levels of at least 3 people: "
                "compare(..., references=2 or more, levels=True)"
            )
        return PerUser(why="global threshold: fewer than 3 people have two references")
    level = genuine.level[first]
    later = np.bincount(place, weights=genuine.score) / np.bincount(place)
    spread = float(np.var(level))
    weight = float(np.clip(np.mean((level - level.mean()) * (later - later.mean())) / spread, 0, 1)) if spread else 0.0
    fitted = PerUser(weight, float(level.mean()), f"per-user thresholds, asked for; weight {weight:.2f}")
    if thresholds == "per-user":
        return fitted
    return _kept_if_better(comparisons, fitted, len(people))


def _kept_if_better(comparisons: Comparisons, fitted: PerUser, people: int) -> PerUser:
    if people < MIN_PEOPLE_FOR_PER_USER:
        return PerUser(
            why=f"global threshold: {people} people are too few to judge per-user thresholds "
            f"({MIN_PEOPLE_FOR_PER_USER} needed)"
        )
    kind: Kind = "skilled" if comparisons.count("skilled") else "random"
    if not comparisons.count(kind):
        return PerUser(why="global threshold: no impostor comparisons to judge per-user thresholds by")
    before = comparisons.against(kind)
    after = replace(before, score=before.score - fitted.shift(before.level))
    change = paired_bootstrap(after, before, {"eer": lambda r: eer(r).value}, resamples=200)["eer"]
    old = eer(rank(before.score, before.genuine)).value
    seen = (
        f"EER against {kind} {old:.2%} -> {old + change.value:.2%}, "
        f"95 % interval of the change {change.low:+.2%} to {change.high:+.2%}"
    )
    if change.high < 0:
        return replace(fitted, why=f"per-user thresholds, weight {fitted.weight:.2f}: {seen}")
    return PerUser(why=f"global threshold: per-user thresholds gave no certain gain ({seen})")
