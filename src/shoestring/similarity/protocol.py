"""Who is compared with whom: enrolment and probes of a verification experiment, and the table of its scores."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError
from shoestring.similarity.templates import Matcher, leave_one_out_level

Kind = Literal["genuine", "random", "skilled"]
KINDS: tuple[Kind, ...] = ("genuine", "random", "skilled")


class Samples(Protocol):
    """Items with the identity that each claims: signatures, images and texts alike."""

    @property
    def identity(self) -> NDArray[np.str_]:
        """[N] the identity that the item claims."""
        ...

    @property
    def genuine(self) -> NDArray[np.bool_]:
        """[N] False for a skilled forgery."""
        ...

    @property
    def sample(self) -> NDArray[np.int64]:
        """[N] order of capture within the identity."""
        ...

    def __len__(self) -> int: ...
    def __getitem__(self, index: Any, /) -> Any: ...


@dataclass(frozen=True, eq=False)
class Comparisons:
    """N scored comparisons, one row each, with the people on both sides."""

    score: NDArray[np.float64]
    """Higher = more alike."""
    genuine: NDArray[np.bool_]
    subject: NDArray[np.str_]
    """Whose template."""
    probe: NDArray[np.str_]
    """Who produced the item; empty where that is unknown, as for skilled forgers."""
    kind: NDArray[np.str_]
    """``genuine``, ``random`` (a stranger's own item) or ``skilled`` (a deliberate imitation)."""
    level: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """``Template.level`` of the subject, NaN where not computed (all NaN when left out)."""
    references: int = 1
    """Items in each template."""
    matcher: str = ""
    """Fingerprint of the matcher that gave the scores."""
    source: str = ""
    created: str = ""
    """When, ISO 8601."""
    notes: tuple[str, ...] = ()
    """Who was left out and why, one sentence each."""

    def __post_init__(self) -> None:
        columns = {
            "score": np.asarray(self.score, dtype=np.float64),
            "genuine": np.asarray(self.genuine, dtype=bool),
            "subject": np.asarray(self.subject, dtype=np.str_),
            "probe": np.asarray(self.probe, dtype=np.str_),
            "kind": np.asarray(self.kind, dtype=np.str_),
            "level": np.asarray(self.level, dtype=np.float64),
        }
        if not len(columns["level"]):
            columns["level"] = np.full(len(columns["score"]), np.nan)
        for name, column in columns.items():
            if column.shape != (len(self.score),):
                raise BadDataError(f"comparisons: {name} has shape {column.shape}, score has {len(self.score)} rows")
            object.__setattr__(self, name, column)
        bad = np.flatnonzero(~np.isfinite(columns["score"]))
        if len(bad):
            raise BadDataError(f"comparisons: score {self.score[bad[0]]} in row {bad[0]}; scores must be finite")
        wrong = np.flatnonzero((columns["kind"] == "genuine") != columns["genuine"])
        unknown = set(np.unique(columns["kind"])) - set(KINDS)
        if unknown or len(wrong):
            raise BadDataError(
                f"comparisons: kind must be one of {', '.join(KINDS)} and agree with genuine "
                f"(unknown: {sorted(unknown)}, contradicting rows: {len(wrong)})"
            )

    def __len__(self) -> int:
        return len(self.score)

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Comparisons":
        """The chosen rows."""
        return replace(
            self,
            score=self.score[chosen],
            genuine=self.genuine[chosen],
            subject=self.subject[chosen],
            probe=self.probe[chosen],
            kind=self.kind[chosen],
            level=self.level[chosen],
        )

    def against(self, kind: Kind) -> "Comparisons":
        """Genuine comparisons and the impostors of one kind: what one DET curve is drawn from."""
        return self.rows((self.kind == "genuine") | (self.kind == kind))

    def count(self, kind: Kind) -> int:
        """Rows of one kind."""
        return int((self.kind == kind).sum())

    @property
    def subjects(self) -> int:
        """How many people have a template here."""
        return len(np.unique(self.subject))


def joined(tables: Sequence[Comparisons]) -> Comparisons:
    """One table of several; a person who is in several of them stays one person."""
    columns = ("score", "genuine", "subject", "probe", "kind", "level")
    return replace(tables[0], **{name: np.concatenate([vars(table)[name] for table in tables]) for name in columns})


@dataclass(frozen=True)
class Enrolment:
    """One identity's split into items that enrol and items that are compared."""

    subject: str
    references: NDArray[np.int64]
    genuine: NDArray[np.int64]
    skilled: NDArray[np.int64]


def enrolments(samples: Samples, references: int) -> tuple[list[Enrolment], tuple[str, ...]]:
    """Split each identity: its first ``references`` genuine items by ``sample`` enrol, all else is probe.

    Returns the usable identities and a sentence about each one left out; raises :class:`BadDataError` if none is left.
    """
    if references < 1:
        raise BadDataError(f"references={references}: at least one item must enrol")
    chosen: list[Enrolment] = []
    notes: list[str] = []
    for subject in np.unique(samples.identity):
        mine = samples.identity == subject
        genuine = np.flatnonzero(mine & samples.genuine)
        genuine = genuine[np.argsort(samples.sample[genuine], kind="stable")]
        if len(genuine) <= references:
            notes.append(
                f"{subject}: left out, {len(genuine)} genuine items, but {references} enrol "
                "and at least one more is compared"
            )
            continue
        skilled = np.flatnonzero(mine & ~samples.genuine)
        chosen.append(Enrolment(str(subject), genuine[:references], genuine[references:], skilled))
    if not chosen:
        raise BadDataError(
            f"nobody has more than {references} genuine items ({len(notes)} identities seen); "
            "collect more, or enrol with fewer references"
        )
    return chosen, tuple(notes)


def compare(
    matcher: Matcher,
    samples: Samples,
    *,
    references: int = 5,
    random_per_subject: int | None = None,
    levels: bool = False,
    seed: int = 0,
) -> Comparisons:
    """Score every enrolled identity against its own items, its forgeries and other people's items.

    ``references=1`` is the 1-vs-1 protocol, more is N-vs-1. ``random_per_subject`` limits the strangers' items to a
    random choice of that many (``seed`` makes it repeatable); None takes all. ``levels`` also computes the
    leave-one-out level of each template, which per-user thresholds need and which costs ``references`` enrolments.
    Raises :class:`BadDataError` when nobody has enough items or the matcher returns a score that is not a number.
    """
    chosen, notes = enrolments(samples, references)
    parts = list(_scored(matcher, samples, chosen, limit=random_per_subject, levels=levels, seed=seed))
    score, subject, probe, kind, level = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Comparisons(
        score=score,
        genuine=kind == "genuine",
        subject=subject,
        probe=probe,
        kind=kind,
        level=level,
        references=references,
        matcher=matcher.fingerprint,
        source=str(getattr(samples, "source", "")),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=notes,
    )


def _scored(
    matcher: Matcher, samples: Samples, chosen: list[Enrolment], *, limit: int | None, levels: bool, seed: int
) -> Iterator[tuple[NDArray[Any], ...]]:
    for number, person in enumerate(chosen):
        strangers = np.concatenate([np.empty(0, np.int64), *(other.genuine for other in chosen if other is not person)])
        if limit is not None and len(strangers) > limit:
            draw = np.random.default_rng([seed, number])
            strangers = np.sort(draw.choice(strangers, size=limit, replace=False))
        items = [samples[int(i)] for i in person.references]
        template = matcher.enrol(items)
        level = leave_one_out_level(matcher, items) if levels else None
        probes = np.concatenate([person.genuine, person.skilled, strangers])
        score = np.asarray(matcher.score(template, [samples[int(i)] for i in probes]), dtype=np.float64)
        if score.shape != probes.shape:
            raise BadDataError(f"matcher {matcher.kind}: {score.shape} scores for {len(probes)} items")
        sizes = [len(person.genuine), len(person.skilled), len(strangers)]
        yield (
            score,
            np.full(len(probes), person.subject),
            # Nobody knows who wrote a skilled forgery, so it can only be resampled with its victim.
            np.concatenate([np.full(sizes[0], person.subject), np.full(sizes[1], ""), samples.identity[strangers]]),
            np.repeat(np.array(["genuine", "skilled", "random"]), sizes),
            np.full(len(probes), np.nan if level is None else level),
        )
