"""What answers about pairs teach: ``python -m benchmarks.taught_pairs [--quick] [--data FILE]``.

Labelled question pairs stand for a person. Those whose cosine lies near the threshold, as ``collection ask`` proposes
them, are drawn: N of them are the answers, up to 2,000 others the test. The recipe ``taught-pairs`` learns from the N,
and the table says how many of the others are on the wrong side of its threshold, before and after, as medians over
seeds, beside what the run itself promised from its held-out parts. Nothing is timed.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from shoestring.data.texts import read_same
from shoestring.recipes.intervals import median_interval
from shoestring.recipes.loading import load
from shoestring.recipes.training import train
from shoestring.similarity.pair_errors import boundary
from shoestring.similarity.pair_lessons import Lessons
from shoestring.similarity.projection import Projection, project

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "quora_pairs" / "train.jsonl.gz"
NEAR = 0.1
TESTED = 2_000
READ = 20_000


def near_pairs(path: Path) -> tuple[Lessons, np.ndarray]:
    """The first READ pairs of ``path`` by the packaged text model, and the places of those near the threshold."""
    model, found = load("text"), read_same(path)
    count = min(len(found), READ)
    vectors = model.encode([*found.left[:count], *found.right[:count]])
    pairs = np.stack([np.arange(count), np.arange(count) + count], axis=1)
    pairs = pairs[(np.abs(vectors[pairs]).sum(axis=2) > 0).all(axis=1)]
    same = found.target[pairs[:, 0]] > 0
    lessons = Lessons(vectors, pairs, same, len(pairs), model.fingerprint, "text", "text")
    scores = lessons.scores
    return lessons, np.flatnonzero(np.abs(scores - boundary(scores, same)) < NEAR)


def learned(lessons: Lessons, rows: np.ndarray, answers: int, seed: int) -> dict[str, float]:
    """Errors on the test pairs before and after learning from the first ``answers`` of ``rows``."""
    chosen, others = rows[:answers], rows[answers : answers + TESTED]
    taught = Lessons(
        lessons.vectors, lessons.pairs[chosen], lessons.same[chosen], answers, lessons.model, "text", "text"
    )
    with tempfile.TemporaryDirectory() as place:
        file = taught.write(Path(place))
        run = train("taught-pairs", [f"data={file}"], seed=seed, root=Path(place), quiet=True)
        metrics, matrix = run.summary()["metrics"], Projection.read(run.path / "model").matrix
    same = lessons.same[others]
    left, right = (project(lessons.vectors[side], matrix) for side in lessons.pairs[others].T)
    after = ((left * right).sum(axis=1) >= metrics["threshold_after"]) != same
    before = (lessons.scores[others] >= metrics["threshold_before"]) != same
    return {
        "before": float(before.mean()), "after": float(after.mean()),
        "promised": metrics["held_out_error_after"]["value"], "gain": metrics["held_out_gain"]["value"],
    }  # fmt: skip


def main() -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="Two sizes, two seeds.")
    parser.add_argument("--data", type=Path, default=DATA, help="Pairs with a label: 1 the same, 0 not.")
    given = parser.parse_args()
    lessons, near = near_pairs(given.data)
    table = []
    for answers in (40, 100) if given.quick else (40, 100, 400, 1500):
        found = [
            learned(lessons, np.random.default_rng(seed).permutation(near), answers, seed)
            for seed in range(2 if given.quick else 7)
        ]
        row = {name: median_interval([one[name] for one in found]).as_dict() for name in found[0]}
        table.append({"answers": answers, **row})
        sys.stderr.write(f"{answers} answers: wrong {row['before']['value']:.3f} -> {row['after']['value']:.3f}\n")
    json.dump({"data": given.data.name, "near": len(near), "table": table}, sys.stdout, indent=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
