"""Vectors as points of a plane: the two directions of greatest variance, or neighbours kept together by t-SNE."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from shoestring.similarity.pairs import Tick
from shoestring.similarity.search import Vectors, block_rows, top_k

Method = Literal["pca", "tsne"]
Points = NDArray[np.float64]
LANDMARKS = 3000
"""Rows that t-SNE lays out itself; its work grows with their number times 1000 steps."""
NEIGHBOURS = 8
"""Landmarks among which another row is placed."""
DIRECTIONS = 50
"""Principal components that t-SNE sees, as van der Maaten & Hinton 2008 (section 4.2) have it."""
PERPLEXITY = 30.0
FEWEST = 5
"""Rows below which there is nothing to lay out: those are drawn by their variance."""
ASKED = 256


def principal(vectors: Vectors, count: int) -> tuple[Points, Points]:
    """The ``count`` directions [count, D] of greatest variance of ``vectors`` [N, D], and their shares of it [count].

    The sign of a direction is that which makes its largest number positive, so that the same rows give the same points.
    """
    width = vectors.shape[1]
    total, product = np.zeros(width), np.zeros((width, width))
    for start in range(0, len(vectors), block_rows(width)):
        block = np.asarray(vectors[start : start + block_rows(width)], np.float64)
        total += block.sum(axis=0)
        product += block.T @ block
    mean = total / len(vectors)
    value, direction = np.linalg.eigh(product / len(vectors) - np.outer(mean, mean))
    value, direction = np.maximum(value[::-1][:count], 0), direction.T[::-1][:count]
    largest = np.take_along_axis(direction, np.abs(direction).argmax(axis=1)[:, None], axis=1)
    whole = max(float(np.trace(product)) / len(vectors) - float(mean @ mean), np.finfo(np.float64).tiny)
    return direction * np.sign(largest), value / whole


def pca_plane(vectors: Vectors) -> tuple[Points, float]:
    """``vectors`` [N, D] along their two directions of greatest variance [N, 2], and its share that the plane shows."""
    directions, shares = principal(vectors, 2)
    points = _along(vectors, directions)
    if points.shape[1] < 2:
        points = np.concatenate([points, np.zeros((len(points), 2 - points.shape[1]))], axis=1)
    return points, float(shares.sum())


def tsne_plane(
    vectors: Vectors, *, seed: int = 0, landmarks: int = LANDMARKS, tick: Tick | None = None
) -> tuple[Points, int]:
    """t-SNE (van der Maaten 2014, by scikit-learn) of ``vectors`` [N, D] as points [N, 2], on one thread.

    Of more than ``landmarks`` rows so many are drawn by ``seed`` and laid out; every other row is put among its
    NEIGHBOURS most similar ones of these. The second result is how many rows were placed in that way.
    """
    stages = iter(range(1, 4))

    def told() -> None:
        if tick is not None:
            tick(next(stages), 3)

    chosen = np.sort(np.random.default_rng(seed).permutation(len(vectors))[:landmarks])
    known = np.ascontiguousarray(vectors[chosen])
    directions, _ = principal(known, min(DIRECTIONS, known.shape[1]))
    narrow = _along(known, directions)
    told()
    laid = _laid_out(narrow, seed)
    told()
    if len(chosen) == len(vectors):
        return laid, 0
    points = np.empty((len(vectors), 2))
    for start in range(0, len(vectors), ASKED):
        found = top_k(known, np.ascontiguousarray(vectors[start : start + ASKED]), NEIGHBOURS + 1)
        # The similarity above that of the next landmark: the nearest count most, the last hardly.
        weight = found.score[:, :-1] - found.score[:, -1:] + 1e-9
        weight /= weight.sum(axis=1, keepdims=True)
        points[start : start + ASKED] = (laid[found.row[:, :-1]] * weight[:, :, None]).sum(axis=1)
    points[chosen] = laid
    told()
    return points, len(vectors) - len(chosen)


def on_grid(points: Points) -> NDArray[np.uint16]:
    """Points [N, 2] in a square of 65,536 places a side, in proportion, centred; for storing and sending."""
    if not len(points):
        return np.empty((0, 2), np.uint16)
    low, high = points.min(axis=0), points.max(axis=0)
    size = float((high - low).max()) or 1.0
    return np.asarray(np.rint(((points - (low + high) / 2) / size + 0.5) * 65535), np.uint16)


def _along(vectors: Vectors, directions: Points) -> Points:
    made = [
        np.asarray(vectors[start : start + block_rows(vectors.shape[1])], np.float64) @ directions.T
        for start in range(0, len(vectors), block_rows(vectors.shape[1]))
    ]
    return np.concatenate(made)


def _laid_out(narrow: Points, seed: int) -> Points:
    from sklearn.manifold import TSNE

    spread = float(narrow[:, 0].std())
    if len(narrow) < FEWEST or narrow.shape[1] < 2 or spread < 1e-9:
        wide = np.zeros((len(narrow), 2))
        wide[:, : min(2, narrow.shape[1])] = narrow[:, :2]
        return wide
    start = (narrow[:, :2] / spread * 1e-4).astype(np.float32)
    perplexity = min(PERPLEXITY, (len(narrow) - 1) / 3)
    # The sum over threads would round differently from run to run, and the layout with it.
    with threadpool_limits(1):
        layout = TSNE(perplexity=perplexity, init=start, random_state=seed, learning_rate="auto", n_jobs=1)
        return np.asarray(layout.fit_transform(narrow.astype(np.float32)), np.float64)
