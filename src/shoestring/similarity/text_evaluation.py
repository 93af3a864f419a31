"""Measuring a text model on a file of pairs or triplets, with intervals over rows."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from shoestring.core.errors import BadDataError
from shoestring.data.text_rows import read_rows
from shoestring.data.texts import LABEL, NEGATIVE, SCORE, read_same, read_scored, read_triplets
from shoestring.similarity.cross_encoder import CrossEncoder
from shoestring.similarity.projection import Projected
from shoestring.similarity.rank_correlation import spearman_interval
from shoestring.similarity.text_model import TextEncoder

SCHEMA = "shoestring.text-evaluation/1"
TextModel = TextEncoder | CrossEncoder | Projected


def evaluate_texts(model: TextModel, path: Path, *, resamples: int = 1_000, seed: int = 0) -> dict[str, Any]:
    """The document of ``shoestring evaluate`` for a text model; what is measured follows from the columns of the file.

    Scores: ``spearman``. Labels of the same and not the same: ``average_precision`` and ``auc``. Anchor, positive and
    negative: ``accuracy``, the share whose positive is nearer. Every metric is ``{"value", "low", "high"}``, the 95 %
    interval over resampled rows.

    Raises:
        NotFoundError, BadDataError: the file cannot be read, or has no row of any of these kinds.
    """
    columns = _columns(path)
    if columns & set(SCORE):
        pairs = read_scored(path)
        scores = compare_pairs(model, pairs.left, pairs.right)
        metrics = {"spearman": spearman_interval(scores, pairs.target, resamples=resamples, seed=seed)}
        rows, skipped = len(pairs), pairs.skipped
    elif columns & set(NEGATIVE):
        triplets = read_triplets(path)
        near, far = (compare_pairs(model, triplets.anchor, side) for side in (triplets.positive, triplets.negative))
        nearer = (near > far) + 0.5 * (near == far)
        metrics = {"accuracy": resampled(lambda rows: float(nearer[rows].mean()), len(nearer), resamples, seed)}
        rows, skipped = len(triplets), triplets.skipped
    elif columns & set(LABEL):
        pairs = read_same(path)
        same, scores = pairs.target > 0, compare_pairs(model, pairs.left, pairs.right)
        if same.all() or not same.any():
            raise BadDataError(f"{path}: all pairs have the same label; both kinds are needed")
        metrics = {
            name: resampled(lambda rows, f=f: _ranked(f, same[rows], scores[rows]), len(same), resamples, seed)
            for name, f in (("average_precision", average_precision_score), ("auc", roc_auc_score))
        }
        rows, skipped = len(pairs), pairs.skipped
    else:
        raise BadDataError(
            f"{path}: has {', '.join(sorted(columns)[:12]) or 'no column'}; a text model is measured on pairs with a "
            "score, on pairs with a label (1 the same, 0 not), or on anchor, positive, negative"
        )
    return {
        "schema": SCHEMA, "model": model.kind, "fingerprint": model.fingerprint, "title": model.title,
        "data": str(path), "rows": rows, "skipped": dict(skipped), "resamples": resamples, "metrics": metrics,
    }  # fmt: skip


def compare_pairs(model: TextModel, left: tuple[str, ...], right: tuple[str, ...]) -> NDArray[np.float64]:
    """[N] cosines, or scores of a cross-encoder, of each text of ``left`` with its fellow of ``right``."""
    if isinstance(model, CrossEncoder):
        return model.score(left, right)
    vectors = model.encode([*left, *right]).astype(np.float64)
    return (vectors[: len(left)] * vectors[len(left) :]).sum(axis=1)


def resampled(
    statistic: Callable[[NDArray[np.int64]], float], count: int, resamples: int, seed: int
) -> dict[str, float]:
    """``statistic`` of all ``count`` rows with its 95 % percentile interval; NaN replicates do not count."""
    draw = np.random.default_rng(seed)
    found = np.array([statistic(draw.integers(count, size=count)) for _ in range(resamples)] or [np.nan])
    kept = found[np.isfinite(found)]
    low, high = np.quantile(kept, [0.025, 0.975]) if len(kept) else (np.nan, np.nan)
    return {"value": statistic(np.arange(count)), "low": float(low), "high": float(high)}


def _ranked(measure: Callable[..., float], same: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    return float(measure(same, scores)) if same.any() and not same.all() else float("nan")


def _columns(path: Path) -> set[str]:
    found: set[str] = set()
    for number, (_, row) in enumerate(read_rows(path, Counter())):
        found |= set(row)
        if number >= 100:
            break
    return found
