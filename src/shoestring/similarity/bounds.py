r"""How large an error rate may be, given the errors that were seen and the people they were seen in.

An error rate measured on n comparisons of S people is not a measurement of n independent things: who is easy to forge
is forged again and again. Three rules follow, all one-sided at the stated confidence:

- no bound is below :math:`1 - (1 - c)^{1/S}` (about 3 / S at 95 %, the rule of three *counted in people*): if the one
  person in 3 / S for whom the system fails had existed, S people would easily have missed them;
- with errors seen, Clopper-Pearson on the effective sample size of Korn & Graubard 1998, "Confidence intervals for
  proportions with small expected number of positive counts estimated from survey data" (the people are the clusters).
  Its variance comes from the people who showed an error, and is too small when those are few: simulated 95 % bounds
  held only 93 % of the time. The design effect is therefore averaged with that of full dependence, which counts as
  ``PRIOR_PEOPLE`` further people with errors; two restore the nominal rate (tests/similarity/test_bounds.py);
- a comparison between two people belongs to both, so both sides' residuals enter the variance (the dyadic sandwich
  estimator of Fafchamps & Gubert 2007), which never understates it by looking at one side only.

Where people contribute unequally, S is Kish's effective number :math:`(\sum n_i)^2 / \sum n_i^2`, equal to the plain
count when all contribute alike.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta
from scipy.stats import t as student

from shoestring.core.errors import BadDataError

CONFIDENCE = 0.95
PRIOR_PEOPLE = 2.0
Floats = NDArray[np.float64]


def clopper_pearson(errors: float, trials: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Two-sided exact interval of a rate from *independent* trials (Clopper & Pearson 1934); counts may be broken."""
    if not 0 <= errors <= trials or trials <= 0:
        raise BadDataError(f"{errors} errors in {trials} trials")
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, errors, trials - errors + 1)) if errors else 0.0
    high = float(beta.ppf(1 - tail, errors + 1, trials - errors)) if errors < trials else 1.0
    return low, high


def upper_bound(errors: float, trials: float, confidence: float = CONFIDENCE) -> float:
    """One-sided upper Clopper-Pearson bound from *independent* trials; 1 without any trial."""
    if not 0 <= errors <= trials:
        raise BadDataError(f"{errors} errors in {trials} trials")
    return float(beta.ppf(confidence, errors + 1, trials - errors)) if errors < trials else 1.0


def people_needed(target: float, confidence: float = CONFIDENCE) -> int:
    """How many people, none of them with an error, it takes to bound a rate by ``target`` (in (0, 1))."""
    if not 0 < target < 1:
        raise BadDataError(f"target rate {target}: must lie between 0 and 1")
    # A hair less than the quotient, which is often a whole number up to rounding.
    return math.ceil(math.log(1 - confidence) / math.log(1 - target) - 1e-9)


@dataclass(frozen=True, eq=False)
class ErrorTail:
    """Errors of one kind, from the strictest threshold on: row k is the state when the k worst scores are errors."""

    score: Floats
    """[N] the scores in the order in which they become errors."""
    rate: Floats
    """[N + 1] share of comparisons that are errors."""
    effective: Floats
    """[N + 1] effective sample size; the number of people where nothing was seen."""
    people: int
    """People on whom the rate rests."""
    equal_people: float
    """Kish's effective number of them, at most ``people``."""
    confidence: float

    def upper(self, rows: NDArray[np.int64] | slice = slice(None)) -> Floats:
        """Upper bound of the true rate at each of ``rows``."""
        errors, size = self.rate[rows] * self.effective[rows], self.effective[rows]
        right = np.maximum(size - errors, np.finfo(float).tiny)
        bound = np.where(errors < size, beta.ppf(self.confidence, errors + 1, right), 1.0)
        return np.maximum(bound, upper_bound(0, self.equal_people, self.confidence))


def error_tail(
    score: ArrayLike, subject: ArrayLike, other: ArrayLike | None = None, confidence: float = CONFIDENCE
) -> ErrorTail:
    """Error counts and effective sample sizes at every threshold, when the *highest* scores are the errors.

    ``score``: [N] impostor scores (pass negated genuine scores for false rejects); ``subject``: [N] owner of the
    template; ``other``: [N] owner of the item where that is another known person, else empty. One sort, then O(N).
    """
    score = np.asarray(score, dtype=np.float64)
    order = np.argsort(-score, kind="stable")
    sides, people = _sides(np.asarray(subject)[order], None if other is None else np.asarray(other)[order])
    trials = len(score)
    owned = np.bincount(sides[sides >= 0], minlength=people).astype(np.float64)
    equal_people = float(owned.sum() ** 2 / np.sum(owned**2)) if trials else 0.0
    # Person i has E_i errors in n_i comparisons; the residual is E_i - p n_i. With errors added one at a time, the sums
    # of E_i^2 and E_i n_i over people are running sums: the r-th error of a person adds 2 r - 1 to the first.
    flat = sides.ravel()
    count = np.where(flat >= 0, _running_count(flat), 0)
    squares = np.where(flat >= 0, 2 * count - 1, 0).reshape(-1, 2).sum(axis=1)
    cross = np.where(flat >= 0, owned[flat], 0.0).reshape(-1, 2).sum(axis=1)
    rate = np.arange(trials + 1, dtype=np.float64) / max(trials, 1)
    residual = _from_zero(squares) - 2 * rate * _from_zero(cross) + rate**2 * np.sum(owned**2)
    failing = _from_zero((count == 1).reshape(-1, 2).sum(axis=1))
    effective = _effective(rate, residual, failing, people=people, equal_people=equal_people, confidence=confidence)
    return ErrorTail(score[order], rate, effective, people, equal_people, confidence)


def _sides(subject: NDArray[np.str_], other: NDArray[np.str_] | None) -> tuple[NDArray[np.int64], int]:
    """[N, 2] the people of each comparison, -1 where there is no second one."""
    if other is None:
        other = np.full(len(subject), "")
    names, codes = np.unique(np.concatenate([subject, other]), return_inverse=True)
    sides = codes.reshape(2, -1).T.astype(np.int64)
    sides[(other == "") | (other == subject), 1] = -1
    used = np.unique(sides[sides >= 0])
    return np.where(sides >= 0, np.searchsorted(used, sides), -1), len(used)


def _running_count(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each value has occurred up to and including its place."""
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])) if len(codes) else np.empty(0, np.int64)
    lengths = np.diff(np.append(starts, len(codes)))
    count = np.empty(len(codes), dtype=np.int64)
    count[order] = np.arange(len(codes)) - np.repeat(starts, lengths) + 1
    return count


def _from_zero(steps: NDArray[Any]) -> Floats:
    return np.concatenate([[0.0], np.cumsum(steps, dtype=np.float64)])


def _effective(
    rate: Floats, residual: Floats, failing: Floats, *, people: int, equal_people: float, confidence: float
) -> Floats:
    """Effective sample size per row; ``failing``: people with an error so far."""
    trials = len(rate) - 1
    if people < 2 or trials < 2:
        return np.full(len(rate), min(equal_people, float(trials)))
    freedom = (student.ppf(confidence, people - 1) / student.ppf(confidence, trials - 1)) ** 2
    dependent = trials / equal_people
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = people / (people - 1) * residual / trials**2
        measured = np.clip(variance * trials / (rate * (1 - rate)) * freedom, 1.0, trials)
    # Without an error (or without a success) there is no variance to measure: then only the people count.
    measured[(rate == 0) | (rate == 1)] = dependent
    effect = (failing * measured + PRIOR_PEOPLE * dependent) / (failing + PRIOR_PEOPLE)
    return np.asarray(trials / effect)


def subject_upper_bound(
    error: ArrayLike, subject: ArrayLike, other: ArrayLike | None = None, confidence: float = CONFIDENCE
) -> float:
    """Upper bound of an error rate at one fixed threshold. ``error``: [N] bool; people as in :func:`error_tail`."""
    error = np.asarray(error, dtype=bool)
    if not len(error):
        return 1.0
    tail = error_tail(error.astype(np.float64), subject, other, confidence)
    return float(tail.upper(np.array([error.sum()]))[0])
