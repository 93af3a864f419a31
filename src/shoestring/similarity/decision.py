"""One answer about one item, in numbers and in plain sentences."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from shoestring.similarity.calibration import Bound, OperatingPoints


@dataclass(frozen=True)
class Decision:
    """One answer and what it rests on."""

    decision: Literal["accept", "reject", "undecided"]
    score: float
    """Higher = more alike, on the matcher's own scale."""
    threshold: float
    """Accepted at or above; ``inf`` where the evidence supports no acceptance."""
    reject_below: float
    """Rejected below; ``-inf`` where the evidence supports no rejection."""
    false_accept_upper95: float
    """With 95 % confidence at most this share of impostors reaches the threshold (without one: the least that the
    evidence can show)."""
    false_reject_upper95: float
    """With 95 % confidence at most this share of genuine items falls below ``reject_below``."""
    evidence_subjects: int
    """People behind the false accept bound."""
    evidence_pairs: int
    """Impostor comparisons behind the false accept bound."""
    evidence_source: str
    """Where those people come from: a bound holds for people and impostors like them."""
    model: str
    """Fingerprint of the matcher."""
    reasons: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON, with None for thresholds that do not exist."""
        fields = asdict(self) | {"reasons": list(self.reasons)}
        return {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in fields.items()
        }


def decide(score: float, points: OperatingPoints, *, shift: float, lacking: int, model: str, source: str) -> Decision:
    """Compare ``score`` with the thresholds moved by ``shift``; ``lacking`` items of enrolment leave it undecided.

    ``source`` names the people of the calibration, ``model`` the matcher by its fingerprint.
    """
    accept, reject = points.accept + shift, points.reject + shift
    decision: Literal["accept", "reject", "undecided"]
    if lacking > 0:
        decision = "undecided"
        reasons = [f"The bounds were measured with more enrolled items than this person has: enrol {lacking} more."]
    elif score >= accept:
        decision, reasons = "accept", [f"The score {score:.4g} reaches the accept threshold {accept:.4g}."]
    elif score < reject:
        decision, reasons = "reject", [f"The score {score:.4g} is below the reject threshold {reject:.4g}."]
    else:
        decision, reasons = "undecided", [_between(score, accept, reject)]
    bounds = [_in_words(bound) for bound in (*points.false_accept, points.false_reject) if bound.pairs]
    reasons += bounds
    if bounds and source:
        reasons.append(f"These bounds hold for people like those of the calibration: {source}.")
    if decision == "undecided":
        reasons += [f"{sentence[0].upper()}{sentence[1:]}." for sentence in points.missing]
    if shift:
        reasons.append(f"This person's thresholds are {shift:+.4g} from the global ones, from the enrolled items.")
    leading = points.false_accept[0]
    return Decision(
        decision,
        score,
        accept,
        reject,
        leading.upper95,
        points.false_reject.upper95,
        leading.people,
        leading.pairs,
        source,
        model,
        tuple(reasons),
    )


def _between(score: float, accept: float, reject: float) -> str:
    below = f"below the accept threshold {accept:.4g}" if math.isfinite(accept) else "without an accept threshold"
    above = f"not below the reject threshold {reject:.4g}" if math.isfinite(reject) else "without a reject threshold"
    return f"The score {score:.4g} is {below} and {above}."


def _in_words(bound: Bound) -> str:
    what = {
        "genuine": "genuine items are rejected",
        "skilled": "skilled forgeries are accepted",
        "random": "strangers' own items are accepted",
    }[bound.kind]
    return (
        f"At most {bound.upper95:.2%} of {what} (95 % bound; {bound.seen:.2%} seen in {bound.pairs} comparisons "
        f"of {bound.people} people)."
    )
