"""Signature verification against plain DTW, in one run: ``python -m benchmarks.signatures [--quick] [--json]``.

Writers of SVC2004 task 2 in five parts; each part is tested by models fitted on eighteen other writers (six are left
to calibration, as in the recipe, and unused here). Five references, one global threshold. Every row of error rates is
paired: the same comparisons, the same resampled people. Needs ``../shared/data`` or ``--data``, and ``[bench]``.
Writes ``benchmarks/results/signatures.json`` unless ``--quick``.
"""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from dtaidistance import dtw_ndim
from numpy.typing import NDArray
from tslearn.metrics import SoftDTWLossPyTorch

from benchmarks.document import Row, arguments, publish
from shoestring.data.pen_features_modern import standardise
from shoestring.data.stroke_files import read_signatures
from shoestring.data.strokes import Signature, SignatureSet
from shoestring.recipes.training import plan
from shoestring.similarity import dtw
from shoestring.similarity.bootstrap import paired_bootstrap, subject_bootstrap
from shoestring.similarity.matchers import DtwReferences
from shoestring.similarity.metrics import Ranking, eer
from shoestring.similarity.protocol import Comparisons, compare
from shoestring.similarity.sampling import split_identities
from shoestring.similarity.templates import Matcher, Template

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "svc2004_task2"
UNTOUCHED = ("3", "9", "13", "16", "21", "22", "25", "31", "33", "37")
"""Writers on whom no setting was chosen: features, prior and filter were picked by looking at the other twenty."""
CALIBRATION, REFERENCES = 6, 5


@dataclass
class PlainDtw:
    """The usual baseline, on the library's own API: z-normed x, y, pressure, dx, dy of every second point.

    The least distance to a reference over the mean least distance among the references.
    """

    kind: str = "plain-dtw"
    fingerprint: str = "0" * 16
    people: dict[bytes, tuple[list[NDArray[np.float64]], float]] = field(default_factory=dict)

    def series(self, item: Signature) -> NDArray[np.float64]:
        x, y, p = (standardise(c[::2].astype(np.float64)) for c in (item.x, item.y, item.pressure))
        return np.ascontiguousarray(np.stack([x, y, p, standardise(np.gradient(x)), standardise(np.gradient(y))], 1))

    def enrol(self, items: Sequence[Any]) -> Template:
        series = [self.series(item) for item in items]
        among = [min(dtw_ndim.distance_fast(a, b) for b in series if b is not a) for a in series]
        name = str(len(self.people)).encode()
        self.people[name] = (series, float(np.mean(among)))
        return Template(self.fingerprint, len(items), name)

    def score(self, template: Template, items: Sequence[Any]) -> NDArray[np.float64]:
        series, usual = self.people[template.payload]
        return np.array([-min(dtw_ndim.distance_fast(s, self.series(i)) for s in series) / usual for i in items])


def cross_fitted(samples: SignatureSet, fit: Callable[[SignatureSet], Matcher], folds: int) -> Comparisons:
    """Every writer compared once, by a matcher fitted on writers of other parts."""
    tables = []
    for fold in range(folds):
        rows, _, test = split_identities(samples, folds, fold, CALIBRATION, np.random.default_rng(0))
        tables.append(compare(fit(samples.subset(rows)), samples.subset(test), references=REFERENCES))
    columns = ("score", "genuine", "subject", "probe", "kind", "level")
    joined = {name: np.concatenate([vars(table)[name] for table in tables]) for name in columns}
    assert {f.name for f in fields(Comparisons)} >= set(columns)
    return replace(tables[0], **joined)


def error_row(name: str, peer: str, ours: Comparisons, theirs: Comparisons, kind: str) -> Row:
    """Equal error rates in per cent, their ratio and difference with intervals over people."""
    mine, other = ours.against(kind), theirs.against(kind)
    least = 0.5 / min(mine.count("genuine"), mine.count(kind))

    def logarithm(ranking: Ranking) -> float:
        # No error at all is worth half a comparison here, or the ratio would be infinite.
        return math.log(max(eer(ranking).value, least))

    found = paired_bootstrap(mine, other, {"log": logarithm, "eer": lambda ranking: eer(ranking).value})
    alone = [subject_bootstrap(table, {"eer": lambda ranking: eer(ranking).value})["eer"] for table in (mine, other)]
    return {
        "name": name, "peer": peer, "ratio": math.exp(-found["log"].value), "low": math.exp(-found["log"].high),
        "high": math.exp(-found["log"].low), "ours": 100 * alone[0].value, "theirs": 100 * alone[1].value,
        "unit": "% EER", "limit": 0.0, "ours_low": 100 * alone[0].low, "ours_high": 100 * alone[0].high,
        "theirs_low": 100 * alone[1].low, "theirs_high": 100 * alone[1].high,
        "difference": 100 * found["eer"].value, "difference_low": 100 * found["eer"].low,
        "difference_high": 100 * found["eer"].high, "people": ours.subjects,
    }  # fmt: skip


def time_row(name: str, peer: str, ours: Callable[[], object], theirs: Callable[[], object], repeats: int) -> Row:
    """Processor milliseconds, in turn, after one call of each."""
    ours(), theirs()
    pairs = [(_milliseconds(ours), _milliseconds(theirs)) for _ in range(repeats)]
    ratios = [their / our for our, their in pairs]
    return {
        "name": name, "peer": peer, "ratio": statistics.median(ratios), "low": min(ratios), "high": max(ratios),
        "ours": statistics.median(our for our, _ in pairs), "theirs": statistics.median(their for _, their in pairs),
        "unit": "ms", "limit": None,
    }  # fmt: skip


def soft_dtw_row(repeats: int) -> Row:
    """Value and gradient of soft-DTW for a batch of pairs, against tslearn's PyTorch loss; the values must agree."""
    draw = torch.Generator().manual_seed(0)
    left, right = (torch.randn(16, n, 12, generator=draw, requires_grad=True) for n in (120, 110))
    rows, columns = torch.full((16,), 120), torch.full((16,), 110)
    peer = SoftDTWLossPyTorch(gamma=1.0)

    def ours() -> torch.Tensor:
        value = dtw.soft_dtw(dtw.step_costs(left, right), rows, columns, 1.0)
        value.sum().backward()
        return value

    def theirs() -> torch.Tensor:
        value = peer(left, right)
        value.sum().backward()
        return value

    torch.testing.assert_close(ours().detach(), theirs().detach(), rtol=1e-3, atol=1e-2)
    return time_row(
        "soft-DTW with gradient, 16 pairs of 120 x 110", "tslearn SoftDTWLossPyTorch", ours, theirs, repeats
    )


def verify_row(samples: SignatureSet, matcher: Matcher, repeats: int) -> Row:
    """One probe against five references that are at hand."""
    plain = PlainDtw()
    template, other = matcher.enrol(samples[:5]), plain.enrol(samples[:5])
    probes = iter([replace(samples[5 + k % 10]) for k in range(2 * repeats + 8)])
    shared: list[Signature] = [samples[5]]

    def ours() -> None:
        shared[0] = next(probes)
        matcher.score(template, shared)

    return time_row("one verification, five references", "plain DTW", ours, lambda: plain.score(other, shared), repeats)


def run(data: Path, quick: bool) -> list[Row]:
    """All rows."""
    samples = read_signatures(data)
    folds = 5
    if quick:
        samples, folds = samples.subset(np.isin(samples.identity, np.unique(samples.identity)[:15])), 3
    recommended: DtwReferences = plan("signature-best").component.matcher
    baseline: DtwReferences = plan("signature-dtw").component.matcher
    ours = cross_fitted(samples, lambda train: recommended.fit(None, train), folds)
    rows = []
    for peer, fit in (
        ("plain DTW, least distance, library API", lambda _: PlainDtw()),
        ("signature-dtw: plain DTW, mean distance", lambda train: baseline.fit(None, train)),
    ):
        theirs = cross_fitted(samples, fit, folds)
        for kind in ("skilled", "random"):
            rows.append(error_row(f"EER against {kind} forgeries", peer, ours, theirs, kind))
        apart = np.isin([name.lstrip("0") for name in ours.subject], UNTOUCHED)
        if not quick and apart.any():
            name = "EER against skilled forgeries, the ten writers no setting was chosen on"
            rows.append(error_row(name, peer, ours.rows(apart), theirs.rows(apart), "skilled"))
    matcher = recommended.fit(None, samples.subset(np.isin(samples.identity, np.unique(samples.identity)[-6:])))
    repeats = 5 if quick else 50
    return [*rows, verify_row(samples, matcher, repeats), soft_dtw_row(3 if quick else 10)]


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1e3 * (time.process_time() - start)


def main() -> None:
    """Run all rows and print them."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of SVC2004 task 2")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = run(options.data, options.quick)
    publish("signatures", rows, options, clock="processor time of one thread", torch=torch.__version__)


if __name__ == "__main__":
    main()
