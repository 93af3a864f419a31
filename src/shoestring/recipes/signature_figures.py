"""The figures of a signature verifier on people who neither trained nor calibrated it."""

from shoestring.data.strokes import SignatureSet
from shoestring.similarity.bootstrap import subject_bootstrap
from shoestring.similarity.metrics import eer
from shoestring.similarity.protocol import compare
from shoestring.similarity.templates import Matcher


def error_figures(matcher: Matcher, test: SignatureSet, references: int) -> dict[str, dict[str, float]]:
    """Equal error rates with subject-bootstrap intervals, ``eer_skilled`` and ``eer_random``; nothing for nobody.

    A kind of impostor that ``test`` does not have is left out.
    """
    if not len(test):
        return {}
    comparisons = compare(matcher, test, references=references)
    figures: dict[str, dict[str, float]] = {}
    for kind in ("skilled", "random"):
        against = comparisons.against(kind)
        if not against.genuine.all():
            found = subject_bootstrap(against, {"eer": lambda ranking: eer(ranking).value})["eer"]
            figures[f"eer_{kind}"] = {"value": float(found.value), "low": float(found.low), "high": float(found.high)}
    return figures
