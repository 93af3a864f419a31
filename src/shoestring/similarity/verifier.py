"""The calibrated decision: accept, reject or undecided, with the error bound that the evidence supports."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from shoestring.core.errors import BadDataError
from shoestring.core.files import atomic_folder, write_json
from shoestring.core.folder import read_json_object
from shoestring.similarity.calibration import Calibration, OperatingPoints, Targets, Thresholds
from shoestring.similarity.certificate import certificate, read_calibration, write_calibration
from shoestring.similarity.decision import Decision, decide
from shoestring.similarity.protocol import Comparisons, Samples, compare
from shoestring.similarity.templates import Matcher, Template, leave_one_out_level, readable

SCHEMA = "shoestring.model/1"


class Verifier:
    """A matcher, the calibration kept apart for it, and the targets: enrol, verify, identify."""

    kind = "verifier"

    def __init__(
        self, matcher: Matcher, calibration: Calibration, *, modality: str = "signature", title: str = ""
    ) -> None:
        """Join the two; raises :class:`BadDataError` when the calibration was measured with another matcher."""
        made_by = calibration.comparisons.matcher
        if made_by != matcher.fingerprint:
            raise BadDataError(
                f"the calibration was measured with matcher {made_by or 'unknown'}, not with "
                f"{matcher.fingerprint}: calibrate this matcher"
            )
        self.matcher = matcher
        self.calibration = calibration
        self.modality = modality
        self.title = title

    @classmethod
    def calibrate(
        cls,
        matcher: Matcher,
        samples: Samples,
        *,
        references: int = 5,
        targets: Targets | None = None,
        thresholds: Thresholds = "auto",
        random_per_subject: int | None = None,
        modality: str = "signature",
        title: str = "",
        seed: int = 0,
    ) -> "Verifier":
        """Measure ``matcher`` on people it was not trained on. Arguments as in ``compare``, ``Calibration.fit``."""
        comparisons = compare(
            matcher,
            samples,
            references=references,
            random_per_subject=random_per_subject,
            levels=thresholds != "global" and references > 1,
            seed=seed,
        )
        return cls(matcher, Calibration.fit(comparisons, targets, thresholds), modality=modality, title=title)

    def with_calibration(
        self, comparisons: Comparisons, targets: Targets | None = None, thresholds: Thresholds = "auto"
    ) -> "Verifier":
        """The same matcher calibrated on other people, such as the user's own pilot."""
        calibration = Calibration.fit(comparisons, targets or self.calibration.targets, thresholds)
        return Verifier(self.matcher, calibration, modality=self.modality, title=self.title)

    @property
    def fingerprint(self) -> str:
        """Of the matcher."""
        return self.matcher.fingerprint

    @property
    def reads(self) -> frozenset[str]:
        """Fingerprints of the models whose templates this one understands, its own included."""
        return readable(self.matcher)

    @property
    def references(self) -> int:
        """Items per template that the bounds were measured with."""
        return self.calibration.comparisons.references

    @cached_property
    def certificate(self) -> dict[str, Any]:
        """What the promises rest on, as stored in ``calibration.json``."""
        return certificate(self.calibration)

    def enrol(self, items: Sequence[Any]) -> Template:
        """A template of one person's items, with the level that per-user thresholds need."""
        if not len(items):
            raise BadDataError("nothing to enrol: give at least one item")
        template = self.matcher.enrol(items)
        if not self.calibration.per_user.weight:
            return template
        return replace(template, level=leave_one_out_level(self.matcher, items))

    def update(self, template: Template, item: Any) -> Template:
        """The template after an accepted use; the person's level stays that of the enrolment."""
        self._check(template)
        return replace(self.matcher.update(template, item), level=template.level)

    def verify(self, template: Template, item: Any) -> Decision:
        """Decide whether ``item`` comes from the person of ``template``."""
        return self._decide(template, self._score(template, item), self.calibration.points)

    def identify(self, templates: Mapping[str, Template], item: Any, k: int = 5) -> list[tuple[str, Decision]]:
        """The ``k`` most alike people, best first.

        A stranger meets as many chances to be accepted as people are enrolled, so an acceptance needs the evidence for
        the target divided by that number (``Calibration.points_for``): with little of it, the answer is "undecided".
        """
        if k < 1:
            raise BadDataError(f"k={k}: ask for at least one name")
        points = self.calibration.points_for(self.calibration.targets, len(templates))
        scores = {name: self._score(template, item) for name, template in templates.items()}
        shift = self.calibration.per_user.shift
        best = sorted(scores, key=lambda name: (shift(templates[name].level) - scores[name], name))[:k]
        note = (
            f"A stranger could be taken for any of {len(templates)} people: the target for strangers is divided by "
            f"{len(templates)}."
        )
        decisions = [(name, self._decide(templates[name], scores[name], points)) for name in best]
        return [(name, replace(decision, reasons=(*decision.reasons, note))) for name, decision in decisions]

    def _check(self, template: Template) -> None:
        if template.matcher not in readable(self.matcher):
            raise BadDataError(
                f"the template was made by matcher {template.matcher}, this is {self.fingerprint}: "
                "enrol the person again with this model"
            )

    def _score(self, template: Template, item: Any) -> float:
        self._check(template)
        score = float(self.matcher.score(template, [item])[0])
        if not math.isfinite(score):
            raise BadDataError(f"matcher {self.matcher.kind} gave the score {score}: the item cannot be compared")
        return score

    def _decide(self, template: Template, score: float, points: OperatingPoints) -> Decision:
        shift = float(self.calibration.per_user.shift(template.level))
        lacking = self.references - template.count
        # The name alone: where a data set lies on the disk of whoever calibrated is nobody's business.
        source = Path(self.calibration.comparisons.source).name
        return decide(score, points, shift=shift, lacking=lacking, model=self.fingerprint, source=source)

    def save(self, folder: Path) -> None:
        """Write the model folder, whole or not at all. Refuses to replace a folder that is not a model."""
        folder = Path(folder)
        foreign = folder.is_dir() and any(folder.iterdir()) and not (folder / "shoestring.json").is_file()
        if foreign or (folder.exists() and not folder.is_dir()):
            raise BadDataError(f"{folder}: exists and is not a model folder; choose another place")

        def fill(into: Path) -> None:
            (into / "matcher").mkdir()
            self.matcher.save(into / "matcher")
            write_calibration(self.calibration, into)
            write_json(
                into / "shoestring.json",
                {
                    "schema": SCHEMA,
                    "kind": self.kind,
                    "modality": self.modality,
                    "title": self.title,
                    "matcher": self.matcher.kind,
                    "fingerprint": self.fingerprint,
                },
            )

        atomic_folder(folder, fill)


def load(folder: Path, load_matcher: Callable[[Path], Matcher] | None = None) -> Verifier:
    """Read a model folder; ``load_matcher`` is that of ``similarity.matchers`` unless given.

    Raises :class:`BadDataError` naming the file for anything that is not exactly what :meth:`Verifier.save` writes:
    nothing is returned half loaded, and no path or class name is ever taken from a file.
    """
    if load_matcher is None:
        from shoestring.similarity import matchers

        load_matcher = matchers.load_matcher
    folder = Path(folder)
    head = read_json_object(folder / "shoestring.json")
    if head.get("schema") != SCHEMA or head.get("kind") != "verifier":
        raise BadDataError(
            f"{folder / 'shoestring.json'}: schema {head.get('schema')!r}, kind {head.get('kind')!r}; "
            f"expected {SCHEMA!r}, 'verifier'"
        )
    modality, title = head.get("modality"), head.get("title", "")
    if not isinstance(modality, str) or not re.fullmatch(r"[a-z]{1,20}", modality) or not isinstance(title, str):
        raise BadDataError(f"{folder / 'shoestring.json'}: modality {modality!r}, title {title!r}")
    calibration = read_calibration(folder)
    try:
        matcher = load_matcher(folder / "matcher")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadDataError(f"{folder / 'matcher'}: cannot be read: {error}") from error
    if head.get("fingerprint") != matcher.fingerprint:
        raise BadDataError(
            f"{folder}: the weights have the fingerprint {matcher.fingerprint}, shoestring.json says "
            f"{head.get('fingerprint')!r}: the folder was changed after it was saved"
        )
    return Verifier(matcher, calibration, modality=modality, title=title)
