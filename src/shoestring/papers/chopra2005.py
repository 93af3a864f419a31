"""Chopra, Hadsell and LeCun 2005: what they claim and how it is measured here.

Thirty people of the AT&T faces are public here, of forty. Ten trainings a setting, two for each of five parts of the
people with another shuffle of them: every person is tested twice, each time by a network that never saw that person. As
in the article, a subject's first five pictures make its model and its other five are compared with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from shoestring.papers.claims import Claim, Verdict, judge
from shoestring.papers.faces import DATA, FOLDS, VALIDATION, added, parts
from shoestring.recipes.loading import load
from shoestring.recipes.training import plan, train
from shoestring.similarity.bootstrap import Interval, paired_bootstrap, subject_bootstrap
from shoestring.similarity.encoders import SiameseConv
from shoestring.similarity.matchers import Matching
from shoestring.similarity.metrics import Ranking, eer, fnmr_at_fmr
from shoestring.similarity.protocol import Comparisons, compare, joined

PUBLISHED, CHANGED, SMALL, HINGE = "chopra2005", "chopra2005-changed", "face-contrastive", "face-contrastive-hinge"
PATTERNS = "face-patterns"
SEEDS = 10
CHANCE = 50.0
"""% equal error rate of a score that says nothing."""
_REJECTED = "% of genuine rejected where {:g} % of impostors are accepted"
_EER = "% equal error rate"
_DIFFERENCE = "points of equal error rate"


@dataclass(frozen=True)
class Published:
    """A statement of the article, or of a later one on the same pictures."""

    statement: str
    source: str
    metric: str
    figure: float | None


STATEMENTS: Mapping[str, Published] = {
    "rejected-at-10": Published("People absent from training are verified", "Table 1, AT&T", _REJECTED.format(10), 0.0),
    "rejected-at-7.5": Published("The same, fewer accepted", "Table 1, AT&T", _REJECTED.format(7.5), 1.0),
    "rejected-at-5": Published("The same, fewer still", "Table 1, AT&T", _REJECTED.format(5), 1.0),
    "rejected-at-10-changed": Published(
        "With pictures changed at random in training and a lower Q, which the article does not do", "Table 1, AT&T",
        _REJECTED.format(10), 0.0,
    ),
    "rejected-at-5-changed": Published("The same, fewer accepted", "Table 1, AT&T", _REJECTED.format(5), 1.0),
    "rejected-at-10-small": Published(
        "With another network as well, conv-small", "Table 1, AT&T", _REJECTED.format(10), 0.0
    ),
    "rejected-at-5-small": Published("The same, fewer accepted", "Table 1, AT&T", _REJECTED.format(5), 1.0),
    "eer": Published(
        "Equal error rate on AT&T with conv-small", "a later article, Khalil-Hani & Sung 2014", _EER, 3.33
    ),
    "rejected-at-10-patterns": Published(
        "With nothing trained: local binary patterns and a cohort of strangers", "Table 1, AT&T", _REJECTED.format(10),
        0.0,
    ),
    "rejected-at-5-patterns": Published("The same, fewer accepted", "Table 1, AT&T", _REJECTED.format(5), 1.0),
    "eer-patterns": Published("The same, equal error rate", "a later article, Khalil-Hani & Sung 2014", _EER, 3.33),
    "cohort": Published(
        "Scores of conv-small judged by a cohort of strangers, less those by a Gaussian", "-", _DIFFERENCE, None
    ),
    "own-covariance": Published(
        "A covariance from a subject's five pictures alone, less one that leans on what is usual", "Section 4.1",
        _DIFFERENCE, None,
    ),
    "trained": Published("Training makes the features: trained less untrained", "Abstract", _DIFFERENCE, None),
    "exponential": Published(
        "The exponential loss, not the usual hinge: exponential less hinge", "Section 2", _DIFFERENCE, None,
    ),
    "weights": Published("The network has so many weights, with 50 maps", "Section 3.2", "weights", 333_308),
}  # fmt: skip


@dataclass(frozen=True)
class CrossTest:
    """What one preset gave: tables row by row the same, all seeds together."""

    tables: Mapping[str, Comparisons]
    """By name of the verification rule."""
    spent: Mapping[str, int]
    seeds: int


def measure(*, quick: bool, root: Path, data: Path = DATA) -> list[Claim]:
    """All claims. Full: ten shuffles of each of five presets; ``quick``: one shorter training of each.

    The runs are made under ``root``. Without the pictures every claim comes back as not testable here.
    """
    if not data.exists():
        why = f"needs the AT&T faces in {data}, which may not be shipped with the program"
        return [_claim(name, None, "not testable here", why) for name in STATEMENTS]
    settings = [f"data={data}", f"split.validation={VALIDATION}", *(["steps=40", "eval_every=20"] if quick else [])]
    seeds = range(1 if quick else SEEDS)
    usual = plan(SMALL).component.matcher
    published = cross_test(PUBLISHED, settings, {"usual": usual}, seeds, root)
    changed = cross_test(CHANGED, settings, {"usual": usual}, seeds, root)
    cohort = plan(PATTERNS).component.matcher
    rules = {"usual": usual, "own": replace(usual, prior=0.0), "cohort": cohort}
    small = cross_test(SMALL, settings, rules, seeds, root, untrained=True)
    hinge = cross_test(HINGE, settings, {"usual": usual}, seeds, root)
    # There are no steps to shorten.
    patterns = cross_test(PATTERNS, settings[:2], {"usual": cohort}, seeds, root)
    return judged(published, changed, small, hinge, patterns)


def cross_test(
    preset: str, overrides: Sequence[str], rules: Mapping[str, Matching], seeds: Sequence[int], root: Path, *,
    untrained: bool = False,
) -> CrossTest:  # fmt: skip
    """Train ``preset`` once a seed and test with each of ``rules`` the people that the seed leaves out.

    Seed s leaves out part s mod 5 of shuffle s // 5. ``untrained`` adds a table of that name: the first rule on
    networks with random weights.
    """
    tables: dict[str, list[Comparisons]] = {}
    spent: dict[str, int] = {}
    for seed in seeds:
        left_out = [f"split.folds={FOLDS}", f"split.fold={seed % FOLDS}", f"split.seed={seed // FOLDS}"]
        run = train(preset, [*overrides, *left_out], seed=seed, root=root, quiet=True)
        added(spent, run.spent())
        recipe = plan(preset, [*overrides, *left_out]).component
        training, _, test = parts(recipe.split, Path(recipe.data))
        encoder = load(run.path).matcher.encoder
        systems = [(name, rule, encoder) for name, rule in rules.items()]
        if untrained:
            torch.manual_seed(seed)
            systems.append(("untrained", next(iter(rules.values())), recipe.encoder.build()))
        for name, rule, network in systems:
            table = compare(rule.fit(network, training), test, references=recipe.references)
            tables.setdefault(name, []).append(table)
    return CrossTest({name: joined(found) for name, found in tables.items()}, spent, len(seeds))


def rejected_at(accepted: float) -> Callable[[Ranking], float]:
    """% of genuine rejected at the lowest threshold that accepts at most ``accepted`` % of impostors."""
    return lambda ranking: 100 * fnmr_at_fmr(ranking, accepted / 100).value


def equal_error(ranking: Ranking) -> float:
    """% equal error rate."""
    return 100 * eer(ranking).value


def judged(
    published: CrossTest, changed: CrossTest, small: CrossTest, hinge: CrossTest, patterns: CrossTest
) -> list[Claim]:
    """The claims from the tables of the five presets."""
    statistics = {"10": rejected_at(10), "7.5": rejected_at(7.5), "5": rejected_at(5), "eer": equal_error}
    plain = subject_bootstrap(published.tables["usual"], statistics)
    better = subject_bootstrap(changed.tables["usual"], statistics)
    best = subject_bootstrap(small.tables["usual"], statistics)
    fixed = subject_bootstrap(patterns.tables["usual"], statistics)

    def difference(ours: Comparisons, theirs: Comparisons) -> Interval:
        return paired_bootstrap(ours, theirs, {"difference": equal_error})["difference"]

    table = small.tables["usual"]
    trained = difference(table, small.tables["untrained"])
    own = difference(small.tables["own"], table)
    loss = difference(table, hinge.tables["usual"])
    judging = difference(small.tables["cohort"], table)
    fewer = "20 people train here, 35 there"
    rates = f"{plain['eer'].value:.1f} % as published, {better['eer'].value:.1f} % with changed pictures and a lower Q"
    rows = [
        ("rejected-at-10", plain["10"], _against(plain["10"], 0.0, 90.0), fewer, published),
        ("rejected-at-7.5", plain["7.5"], _against(plain["7.5"], 1.0, 92.5), fewer, published),
        ("rejected-at-5", plain["5"], _against(plain["5"], 1.0, 95.0), fewer, published),
        ("rejected-at-10-changed", better["10"], _against(better["10"], 0.0, 90.0), fewer, changed),
        ("rejected-at-5-changed", better["5"], _against(better["5"], 1.0, 95.0), fewer, changed),
        ("rejected-at-10-small", best["10"], _against(best["10"], 0.0, 90.0), fewer, small),
        ("rejected-at-5-small", best["5"], _against(best["5"], 1.0, 95.0), fewer, small),
        ("eer", best["eer"], _against(best["eer"], 3.33, CHANCE), rates, small),
        ("rejected-at-10-patterns", fixed["10"], _against(fixed["10"], 0.0, 90.0), "no network", patterns),
        ("rejected-at-5-patterns", fixed["5"], _against(fixed["5"], 1.0, 95.0), "no network", patterns),
        ("eer-patterns", fixed["eer"], _against(fixed["eer"], 3.33, CHANCE), "templates of five pictures", patterns),
        ("cohort", judging, _gain(judging), "a rule that the article does not have", small),
        ("own-covariance", own, _loss(own), "128 directions, five pictures", small),
        ("trained", trained, _gain(trained), "a control that the article does not report", small),
        ("exponential", loss, _gain(loss), "the article argues for it and does not measure the alternative", small),
    ]
    claims = [_claim(name, found, verdict, why, tested) for name, found, verdict, why, tested in rows]
    weights = sum(weight.numel() for weight in SiameseConv(maps=50).build().parameters())
    verdict: Verdict = "met" if weights == 333_308 else "not met"
    size = Interval(weights, np.nan, np.nan, 0)
    why = "layer by layer as stated; the text's 45 maps would have 302,048"
    return [*claims, _claim("weights", size, verdict, why, replace(small, spent={}))]


def _claim(name: str, found: Interval | None, verdict: Verdict, why: str, tested: CrossTest | None = None) -> Claim:
    said = STATEMENTS[name]
    numbers = (np.nan,) * 3 if found is None else (found.value, found.low, found.high)
    value, low, high = (None if np.isnan(number) else round(float(number), 3) for number in numbers)
    return Claim(
        id=name, statement=said.statement, source=said.source, metric=said.metric, published=said.figure, ours=value,
        low=low, high=high, seeds=tested.seeds if tested else 0, budget=dict(tested.spent) if tested else {},
        verdict=verdict, why=why, command="shoestring reproduce chopra2005",
    )  # fmt: skip


def _against(found: Interval, published: float, chance: float) -> Verdict:
    # A score that says nothing rejects as large a share of genuine as of impostors.
    return judge(float(found.low), float(found.high), published=published, chance=chance)


def _gain(found: Interval) -> Verdict:
    """Fewer errors: *met* when certainly so, *in direction* when more likely than not."""
    if found.high < 0:
        return "met"
    return "met in direction" if found.value < 0 else "not met"


def _loss(found: Interval) -> Verdict:
    """More errors, which is what is expected of a covariance from five vectors."""
    return _gain(Interval(-found.value, -found.high, -found.low, found.resamples))
