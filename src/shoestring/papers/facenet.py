"""Schroff, Kalenichenko and Philbin 2015 (FaceNet): what they claim and how it is measured here.

Their eight million people are not public. The thirty public people of the AT&T faces are cut into five parts, and for
each part a small network of the same kind is trained on the others; pictures of the part are compared in all pairs. So
figures are far from theirs, and differences between settings are what can be tested.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shoestring.data.images import ImageSet
from shoestring.papers.claims import Claim, Verdict, judge
from shoestring.papers.faces import DATA, FOLDS, VALIDATION, added, over_folds, parts, picture_pairs
from shoestring.recipes.loading import load
from shoestring.recipes.training import plan, train
from shoestring.similarity.bootstrap import Interval, paired_bootstrap, subject_bootstrap
from shoestring.similarity.bridge import Bridge
from shoestring.similarity.cluster import agglomerate
from shoestring.similarity.cluster_scores import bcubed, pairwise
from shoestring.similarity.encoders import EncoderNetwork
from shoestring.similarity.matchers import CentroidMatcher, Cohort, GaussianSubject, Matching
from shoestring.similarity.metrics import Ranking, eer, rank
from shoestring.similarity.protocol import Comparisons, compare, joined
from shoestring.similarity.search import unit
from shoestring.similarity.verification_pairs import fold_accuracy, supports, val_at_far

PRESET, CLASSES, HARMONIC = "face-triplet", "face-arcface", "face-harmonic"
WIDTHS = (16, 64, 512)
STEPS = 120
MARGIN = 3.0
"""Points: a difference that is certainly smaller counts as none."""
_EER = "points of equal error rate over pairs of pictures"
_VAL = "% of genuine pairs accepted where {:g} of impostor pairs are"


@dataclass(frozen=True)
class Published:
    """A statement of the article."""

    statement: str
    source: str
    metric: str
    figure: float | None


STATEMENTS: Mapping[str, Published] = {
    "val-0.001": Published("People absent from training are verified", "Table 3, NN2", _VAL.format(1e-3), 89.4),
    "val-0.01": Published("The same where one in a hundred is accepted", "not printed", _VAL.format(1e-2), None),
    "ten-fold": Published(
        "Ten-fold accuracy of pairs, as on Labeled Faces in the Wild", "Section 5.6", "% right", 99.63
    ),
    "templates": Published(
        "Templates of five pictures in 128 bytes verify people absent from training", "-", "% equal error rate", None
    ),
    "templates-arcface": Published(
        "The same, trained with a class for each person (ArcFace, 2019), network as wide as in the preset", "-",
        "% equal error rate", None,
    ),
    "templates-gaussian": Published(
        "The same networks with a Gaussian of each person, as in 2005", "-", "% equal error rate", None
    ),
    "templates-cohort": Published(
        "The same networks with all five vectors and a cohort of strangers", "-", "% equal error rate", None
    ),
    "random": Published(
        "Semi-hard negatives learn better than random ones: semi-hard less random", "Section 3.2", _EER, None
    ),
    "hardest": Published(
        "The hardest negatives lead to worse networks: semi-hard less hardest", "Section 3.2", _EER, None
    ),
    "collapse": Published(
        "The hardest negatives collapse the network", "Section 3.2", "share of the vectors' squared length that varies",
        0.0,
    ),
    **{
        f"width-{width}": Published(
            f"Vectors of {width} numbers against 128: {width} less 128", "Table 5", _EER, None
        )
        for width in WIDTHS
    },
    "bytes": Published("A byte a number is enough: bytes less floats", "Section 5.5", _EER, 0.0),
    "binary": Published("A bit a number, which the article does not try: bits less floats", "-", _EER, None),
    "template-bytes": Published("A face is stored in 128 bytes", "Section 5.5", "bytes", 128.0),
    "bcubed": Published("Clustering finds the people, BCubed F", "Section 5.8, shown only", "% F", None),
    "pairwise": Published("The same, F over pairs", "Section 5.8, shown only", "% F", None),
    "harmonic-old": Published(
        "New pictures against old templates do better than the old model: across less old", "Section 7", _EER, None
    ),
    "harmonic-new": Published(
        "and worse than the new model alone: across less new", "Section 7", _EER, None
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Fold:
    """What one training of one setting left behind."""

    run: str
    encoder: EncoderNetwork
    spread: float
    """Of the vectors at the last look."""


@dataclass(frozen=True)
class Outcome:
    """One setting over all parts of the people."""

    folds: tuple[Fold, ...]
    pairs: Comparisons
    """All pairs of pictures within each part."""
    part: NDArray[np.int64]
    """Of each pair."""
    spent: Mapping[str, int]


def measure(*, quick: bool, root: Path, data: Path = DATA) -> list[Claim]:
    """All claims. Full: five trainings of each of nine settings; ``quick``: one part of the people, shorter trainings.

    The runs are made under ``root``. Without the pictures every claim comes back as not testable here.
    """
    if not data.exists():
        why = f"needs the AT&T faces in {data}, which may not be shipped with the program"
        return [_claim(name, None, "not testable here", why) for name in STATEMENTS]
    count = 1 if quick else FOLDS
    # A network half as wide as the preset's makes the forty-five trainings bearable.
    settings = [
        f"data={data}",
        f"split.validation={VALIDATION}",
        "encoder.channels=8",
        *(["steps=40", "eval_every=20"] if quick else [f"steps={STEPS}", f"eval_every={STEPS // 4}"]),
    ]

    def tested(*changes: str) -> Outcome:
        return cross_test([*settings, *changes], range(count), root)

    base = tested()
    # With a class for each person: the preset as it is, since it is not compared with the others' pairs.
    classes = cross_test([o for o in settings if quick or o.startswith(("data", "split"))], range(count), root, CLASSES)
    claims = [*levels(base), enrolled("templates", base, settings, plan(PRESET).component.matcher)]
    for name, rule in (
        ("arcface", plan(CLASSES).component.matcher),
        ("gaussian", GaussianSubject()),
        ("cohort", Cohort()),
    ):
        claims.append(enrolled(f"templates-{name}", classes, settings, rule))
    claims += mining(base, tested("loss.miner=random"), tested("loss.miner=hardest"))
    for width in WIDTHS:
        claims.append(_no_loss(f"width-{width}", tested(f"encoder.width={width}"), base))
    claims += [*storage(base, settings), *clusters(base, settings)]
    old = tested("encoder.channels=4", "steps=40", "eval_every=40")
    return [*claims, *harmonic(old, base, settings, root, quick)]


def cross_test(overrides: Sequence[str], folds: Sequence[int], root: Path, preset: str = PRESET) -> Outcome:
    """Train ``preset`` on all parts but one, for each of ``folds``, and compare the pictures of that part."""
    found, tables = [], []
    spent: dict[str, int] = {}
    for fold in folds:
        left_out = [f"split.folds={FOLDS}", f"split.fold={fold}"]
        run = train(preset, [*overrides, *left_out], seed=fold, root=root, quiet=True)
        added(spent, run.spent())
        encoder = load(run.path).matcher.encoder
        found.append(Fold(str(run.path), encoder, run.metrics(["spread"])["spread"][-1][1]))
        tables.append(picture_pairs(encoder, _people(overrides, fold)[2]))
    part = np.repeat(np.array(folds), [len(table.score) for table in tables])
    return Outcome(tuple(found), joined(tables), part, spent)


def equal_error(ranking: Ranking) -> float:
    """% equal error rate."""
    return 100 * eer(ranking).value


def accepted_at(far: float) -> Callable[[Ranking], float]:
    """% of genuine pairs accepted at the lowest threshold with at most ``far`` false accepts."""
    return lambda ranking: 100 * val_at_far(ranking, far).value


def levels(base: Outcome) -> list[Claim]:
    """VAL, and accuracy with the threshold from the other folds."""
    impostors = base.pairs.count("random")
    found = subject_bootstrap(base.pairs, {"val-0.001": accepted_at(1e-3), "val-0.01": accepted_at(1e-2)})
    claims = []
    for name, far, chance in (("val-0.001", 1e-3, 0.1), ("val-0.01", 1e-2, 1.0)):
        interval = found[name]
        enough = f"{impostors:,} impostor pairs " + ("support" if supports(impostors, far) else "cannot show") + " it"
        verdict: Verdict = "met" if interval.low > chance else "not met"
        if STATEMENTS[name].figure is not None:
            verdict = judge(float(interval.low), float(interval.high), published=89.4, chance=chance)
        why = f"{enough}; some 200 pictures train here, over 100 million there"
        claims.append(_claim(name, interval, verdict, why, base))
    rows, fold = ten_folds(base.pairs, base.part)
    folds = fold_accuracy(base.pairs.score[rows], base.pairs.genuine[rows], fold)
    interval = over_folds((100 * folds.value).tolist())
    verdict = judge(float(interval.low), float(interval.high), published=99.63, chance=50.0)
    why = f"{len(folds.value)} folds of three people, {len(rows):,} pairs in all"
    return [*claims, _claim("ten-fold", interval, verdict, why, base)]


def ten_folds(pairs: Comparisons, part: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of ``pairs`` and the fold of each: all genuine pairs and as many impostor pairs.

    The people of each part are halved, so that the pairs of a fold are of one network and no person is in two folds.
    """
    rng = np.random.default_rng(0)
    rows, folds = [], []
    for number in np.unique(part):
        mine = part == number
        names = np.union1d(pairs.subject[mine], pairs.probe[mine])
        for half, people in enumerate(np.array_split(names, 2)):
            inside = mine & np.isin(pairs.subject, people) & np.isin(pairs.probe, people)
            genuine, impostor = np.flatnonzero(inside & pairs.genuine), np.flatnonzero(inside & ~pairs.genuine)
            size = min(len(genuine), len(impostor))
            chosen = [rng.choice(genuine, size, replace=False), rng.choice(impostor, size, replace=False)]
            rows += chosen
            folds.append(np.full(2 * size, 2 * number + half))
    return np.concatenate(rows), np.concatenate(folds)


def enrolled(name: str, base: Outcome, overrides: Sequence[str], rule: Matching) -> Claim:
    """Each person's first five pictures in a template of ``rule``, and the other five compared with it."""
    tables = []
    for fold, one in enumerate(base.folds):
        training, _, test = _people(overrides, fold)
        tables.append(compare(rule.fit(one.encoder, training), test, references=5))
    found = subject_bootstrap(joined(tables), {"eer": equal_error})["eer"]
    verdict: Verdict = "met" if found.high < 50 else "not met"
    why = "a figure of ours, which the article does not have; 50 would say nothing"
    return _claim(name, found, verdict, why, base)


def mining(base: Outcome, random: Outcome, hardest: Outcome) -> list[Claim]:
    """Semi-hard against random and hardest negatives."""
    claims = []
    for name, other in (("random", random), ("hardest", hardest)):
        gain = paired_bootstrap(base.pairs, other.pairs, {"gain": equal_error})["gain"]
        verdict: Verdict = "met" if gain.high < 0 else "met in direction" if gain.value < 0 else "not met"
        rates = f"{_rate(base):.1f} % and {_rate(other):.1f} %"
        claims.append(_claim(name, gain, verdict, f"equal error rates of {rates}", other))
    spread = over_folds([fold.spread for fold in hardest.folds])
    usual = float(np.mean([fold.spread for fold in base.folds]))
    collapsed = sum(fold.spread < 0.05 for fold in hardest.folds)
    verdict = (
        "met" if collapsed == len(hardest.folds) else "met in direction" if spread.value < usual / 2 else "not met"
    )
    why = f"{collapsed} of {len(hardest.folds)} networks below 0.05; semi-hard negatives leave {usual:.2f}"
    return [*claims, _claim("collapse", spread, verdict, why, hardest)]


def storage(base: Outcome, overrides: Sequence[str]) -> list[Claim]:
    """Templates of one picture in bytes and bits, against floats."""
    recipe = plan(PRESET, overrides).component
    tables: dict[str, list[Comparisons]] = {}
    sizes: dict[str, int] = {}
    for fold, one in enumerate(base.folds):
        training, _, test = _people(overrides, fold)
        for kind in ("float", "bytes", "binary"):
            matcher = replace(recipe.matcher, storage=kind).fit(one.encoder, training)
            tables.setdefault(kind, []).append(compare(matcher, test, references=1))
            sizes[kind] = len(matcher.enrol(test[:1]).payload)
    exact = joined(tables["float"])
    claims = []
    for kind in ("bytes", "binary"):
        loss = paired_bootstrap(joined(tables[kind]), exact, {"loss": equal_error})["loss"]
        claims.append(_claim(kind, loss, _margin_verdict(loss), f"read against a margin of {MARGIN:g} points", base))
    size = Interval(sizes["bytes"], np.nan, np.nan, 0)
    verdict: Verdict = "met" if sizes["bytes"] <= 128 else "not met"
    return [*claims, _claim("template-bytes", size, verdict, "128 numbers, a byte each", base)]


def clusters(base: Outcome, overrides: Sequence[str]) -> list[Claim]:
    """Average linkage of each part's pictures, cut where validation people come out best."""
    found: dict[str, list[float]] = {"bcubed": [], "pairwise": []}
    together: dict[str, list[float]] = {"bcubed": [], "pairwise": []}
    for fold, one in enumerate(base.folds):
        _, validation, test = _people(overrides, fold)
        tree = agglomerate(unit(one.encoder.encode(validation.pictures)))
        cuts = np.unique(tree.similarity)
        best = max(cuts, key=lambda cut: bcubed(tree.cut(threshold=float(cut)), validation.identity).f)
        groups = agglomerate(unit(one.encoder.encode(test.pictures))).cut(threshold=float(best))
        for name, score in (("bcubed", bcubed), ("pairwise", pairwise)):
            found[name].append(100 * score(groups, test.identity).f)
            together[name].append(100 * score(np.zeros(len(test)), test.identity).f)
    claims = []
    for name, values in found.items():
        least = float(np.mean(together[name]))
        why = f"the article shows a cluster and scores none; all pictures in one group would have {least:.1f}"
        interval = over_folds(values)
        claims.append(_claim(name, interval, "met" if interval.low > least else "not met", why, base))
    return claims


def harmonic(old: Outcome, new: Outcome, overrides: Sequence[str], root: Path, quick: bool) -> list[Claim]:
    """Old templates against new pictures, between the old model and the new one."""
    tables: dict[str, list[Comparisons]] = {}
    spent: dict[str, int] = {}
    for fold, (before, after) in enumerate(zip(old.folds, new.folds, strict=True)):
        settings = [o for o in overrides if o.startswith(("data=", "split."))]
        shorter = ["steps=30", "last_layer=10", "eval_every=15"] if quick else []
        left_out = [f"split.folds={FOLDS}", f"split.fold={fold}", f"old={before.run}", f"new={after.run}"]
        run = train(HARMONIC, [*settings, *shorter, *left_out], seed=fold, root=root, quiet=True)
        added(spent, run.spent())
        test = _people(overrides, fold)[2]
        older, alone, matched = (_matcher(path) for path in (before.run, after.run, str(run.path)))
        for name, matcher in (("old", older), ("new", alone), ("across", Bridge(older, matched))):
            tables.setdefault(name, []).append(compare(matcher, test, references=1))
    table = {name: joined(found) for name, found in tables.items()}
    tested = replace(new, spent=spent)
    rates = {name: 100 * eer(rank(rows.score, rows.genuine)).value for name, rows in table.items()}
    why = f"equal error rates: old {rates['old']:.1f} %, across {rates['across']:.1f} %, new {rates['new']:.1f} %"
    claims = []
    for name, other, sign in (("harmonic-old", "old", -1), ("harmonic-new", "new", 1)):
        gap = paired_bootstrap(table["across"], table[other], {"gap": equal_error})["gap"]
        certain = min(sign * gap.low, sign * gap.high) > 0
        verdict: Verdict = "met" if certain else "met in direction" if sign * gap.value > 0 else "not met"
        claims.append(_claim(name, gap, verdict, why, tested))
    return claims


def _matcher(path: str) -> CentroidMatcher:
    matcher = load(path).matcher
    assert isinstance(matcher, CentroidMatcher)
    return matcher


def _people(overrides: Sequence[str], fold: int) -> tuple[ImageSet, ImageSet, ImageSet]:
    kept = [o for o in overrides if o.startswith(("data=", "split."))]
    recipe = plan(PRESET, [*kept, f"split.folds={FOLDS}", f"split.fold={fold}"]).component
    return parts(recipe.split, Path(recipe.data))


def _rate(outcome: Outcome) -> float:
    return 100 * eer(rank(outcome.pairs.score, outcome.pairs.genuine)).value


def _no_loss(name: str, ours: Outcome, base: Outcome) -> Claim:
    loss = paired_bootstrap(ours.pairs, base.pairs, {"loss": equal_error})["loss"]
    rates = f"equal error rates of {_rate(ours):.1f} % and {_rate(base):.1f} %"
    return _claim(name, loss, _margin_verdict(loss), f"{rates}, read against a margin of {MARGIN:g} points", ours)


def _margin_verdict(loss: Interval) -> Verdict:
    """*met*: the loss is certainly below :data:`MARGIN`; *in direction*: there may be none; else *not met*."""
    if loss.high < MARGIN:
        return "met"
    return "met in direction" if loss.low <= 0 else "not met"


def _claim(name: str, found: Interval | None, verdict: Verdict, why: str, outcome: Outcome | None = None) -> Claim:
    said = STATEMENTS[name]
    numbers = (np.nan,) * 3 if found is None else (found.value, found.low, found.high)
    value, low, high = (None if np.isnan(number) else round(float(number), 3) for number in numbers)
    return Claim(
        id=name, statement=said.statement, source=said.source, metric=said.metric, published=said.figure, ours=value,
        low=low, high=high, seeds=len(outcome.folds) if outcome else 0, budget=dict(outcome.spent) if outcome else {},
        verdict=verdict, why=why, command="shoestring reproduce facenet",
    )  # fmt: skip
