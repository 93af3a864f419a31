"""Verification metrics against what people use today: ``python -m benchmarks.verification [--quick] --json``.

Peers and ours run in turn on the same scores, and their results are asserted to be equal before a time is reported. The
threshold loop (what several toolkits ship) grows with the square of the number of scores, so it runs on a subsample and
its row says so. Writes ``benchmarks/results/verification.json`` unless ``--quick``.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from sklearn.metrics import roc_curve

from benchmarks.document import arguments, publish
from shoestring.similarity.bootstrap import subject_bootstrap
from shoestring.similarity.evaluation import FMR_TARGETS
from shoestring.similarity.metrics import eer, fnmr_at_fmr, rank
from shoestring.similarity.protocol import Comparisons

LIMIT_SECONDS = 60.0
Scores = tuple[NDArray[np.float64], NDArray[np.bool_]]


def scores(count: int, seed: int = 0) -> Scores:
    """Half genuine, half impostor, Gaussian with d' = 2."""
    draw = np.random.default_rng(seed)
    genuine = np.arange(count) % 2 == 0
    return draw.normal(size=count) + 2.0 * genuine, genuine


def ours(score: NDArray[np.float64], genuine: NDArray[np.bool_]) -> float:
    return eer(rank(score, genuine)).value


def by_scikit_learn(score: NDArray[np.float64], genuine: NDArray[np.bool_]) -> float:
    """The usual recipe: the ROC of scikit-learn, interpolated, crossed with the diagonal."""
    fpr, tpr, _ = roc_curve(genuine, score, drop_intermediate=False)
    return float(brentq(lambda x: 1 - x - np.interp(x, fpr, tpr), 0.0, 1.0))


def by_threshold_loop(score: NDArray[np.float64], genuine: NDArray[np.bool_]) -> float:
    """Try every score as the threshold and count both errors; the mean of the two rates where they are closest."""
    own, other = score[genuine], score[~genuine]
    best, value = np.inf, np.nan
    for threshold in score:
        fmr, fnmr = np.mean(other >= threshold), np.mean(own < threshold)
        if abs(fmr - fnmr) < best:
            best, value = abs(fmr - fnmr), (fmr + fnmr) / 2
    return float(value)


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call: everything here is one thread, and the machine may be shared."""
    start = time.process_time()
    work()
    return time.process_time() - start


def paired(name: str, peer: str, theirs: Callable[..., float], data: Scores, repeats: int) -> dict[str, Any]:
    """Both in turn, ``repeats`` times, after one call each that also compares the results."""
    # The loop does not interpolate: it may be off by one score on either side.
    assert abs(ours(*data) - theirs(*data)) < 4 / len(data[0]), "the two disagree"
    pairs = [(seconds(lambda: ours(*data)), seconds(lambda: theirs(*data))) for _ in range(repeats)]
    limit = min(seconds(lambda: np.argsort(data[0])) for _ in range(repeats))
    return row(name, peer, pairs, limit)


def row(name: str, peer: str, pairs: list[tuple[float, float]], limit: float) -> dict[str, Any]:
    """Paired seconds (ours, theirs) as ratios with their spread; ``limit``: what no implementation of ours can beat."""
    ratios = [their / our for our, their in pairs]
    our, their = (statistics.median(side) for side in zip(*pairs, strict=True))
    return {
        "name": name, "peer": peer, "ratio": statistics.median(ratios), "low": min(ratios), "high": max(ratios),
        "ours": our, "theirs": their, "unit": "s", "limit": limit,
    }  # fmt: skip


def people_table(count: int, people: int = 1000, seed: int = 0) -> Comparisons:
    """``count`` comparisons of ``people`` with one another, one in fifty genuine, all scores distinct."""
    draw = np.random.default_rng(seed)
    subject, probe = draw.integers(people, size=(2, count))
    probe = np.where(np.arange(count) % 50 == 0, subject, probe)
    genuine = probe == subject
    names = np.array([f"p{number:04d}" for number in range(people)])
    return Comparisons(
        score=draw.normal(size=count) + 2.0 * genuine, genuine=genuine, subject=names[subject], probe=names[probe],
        kind=np.where(genuine, "genuine", "random"),
    )  # fmt: skip


def bootstrap_row(count: int, resamples: int, repeats: int) -> dict[str, Any]:
    """Time of the subject bootstrap of the EER and four FNMRs, against the 60 s allowed for 1,000 x 1 M."""
    table = people_table(count)
    wanted = {"eer": lambda ranking: eer(ranking).value}
    for target in FMR_TARGETS:
        wanted[f"fnmr_{target:g}"] = lambda ranking, target=target: fnmr_at_fmr(ranking, target).value
    limit = LIMIT_SECONDS * count / 1e6 * resamples / 1000
    taken = [seconds(lambda: subject_bootstrap(table, wanted, resamples=resamples)) for _ in range(repeats)]
    name = f"subject bootstrap, {resamples:,} resamples x {count:,} scores, EER and 4 FNMRs"
    return row(name, "time limit", [(one, limit) for one in taken], limit)


def eer_rows(quick: bool) -> list[dict[str, Any]]:
    """The equal error rate against a peer and against a loop."""
    many, loop, repeats = (200_000, 4_000, 3) if quick else (2_000_000, 40_000, 5)
    return [
        paired(f"EER of {many:,} scores", "scikit-learn roc_curve + brentq", by_scikit_learn, scores(many), repeats),
        paired(f"EER of {loop:,} scores", "a loop over all thresholds", by_threshold_loop, scores(loop), 3),
    ]


def main() -> None:
    """Run all rows and print them."""
    options = arguments(__doc__).parse_args()
    count, resamples = (100_000, 100) if options.quick else (1_000_000, 1000)
    rows = [*eer_rows(options.quick), bootstrap_row(count, resamples, 3)]
    publish("verification", rows, options, clock="processor time of one thread")


if __name__ == "__main__":
    main()
