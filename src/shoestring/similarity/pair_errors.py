"""How often a cosine is on the wrong side for pairs that were not learned from."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shoestring.core.errors import BadDataError
from shoestring.similarity.bounds import clopper_pearson
from shoestring.similarity.metrics import eer, rank
from shoestring.similarity.pair_lessons import LEAST

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
RESAMPLES = 2000


def boundary(scores: NDArray[np.floating], same: Flags) -> float:
    """The threshold at which the same are called different as often as the different are called the same.

    ``scores`` [P], ``same`` [P] with both kinds in it; a pair is called the same from the threshold on.
    """
    return eer(rank(scores, same)).threshold


def groups_of(pairs: Numbers) -> Numbers:
    """[P] the group of each pair [P, 2]: pairs that share an item, or are joined by a chain of such, are one group."""
    items, place = np.unique(pairs, return_inverse=True)
    left, right = place.reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs)), (left, right)), shape=(len(items), len(items)))
    return np.asarray(connected_components(graph, directed=False)[1][left], np.int64)


def folds_of(group: Numbers, count: int, rng: np.random.Generator) -> Numbers:
    """[P] which of ``count`` parts each pair is held out in; groups stay together, parts are of like size.

    The largest groups are dealt first, each to the part that has the fewest pairs; ties fall at random.
    """
    names, sizes = np.unique(group, return_counts=True)
    order = np.lexsort((rng.random(len(names)), -sizes))
    held, part = np.zeros(count, np.int64), {}
    for place in order.tolist():
        smallest = int(held.argmin())
        part[int(names[place])] = smallest
        held[smallest] += sizes[place]
    return np.array([part[one] for one in group.tolist()], np.int64)


def check_enough(same: Flags, group: Numbers, fold: Numbers, least: int = LEAST) -> None:
    """Raises BadDataError, saying what is missing, unless every part leaves both kinds to learn from.

    ``least`` of each kind are needed, and groups that fill at least two parts.
    """
    counts = {"same": int(same.sum()), "different": int((~same).sum())}
    missing = [f"{least - n} more {kind}" for kind, n in counts.items() if n < least]
    if missing:
        raise BadDataError(
            f"{counts['same']} same and {counts['different']} different pairs are too few to learn from and to hold "
            f"some out: at least {least} of each are needed, so teach {' and '.join(missing)}"
        )
    for part in np.unique(fold):
        left = same[fold != part]
        if left.all() or not left.any():
            raise BadDataError(
                f"the {len(same)} pairs hang together by shared rows in {len(np.unique(group))} groups, too few to "
                "hold some out: teach pairs of other rows"
            )


def wrong_when_held_out(scores: NDArray[np.floating], same: Flags, fold: Numbers) -> Flags:
    """[P] whether each pair is on the wrong side of the threshold that the pairs outside of its part place.

    ``scores`` [F, P]: row f are the scores of what was learned without part f; [P] where nothing was learned.
    """
    table = np.broadcast_to(scores, (int(fold.max()) + 1, len(same)))
    wrong = np.zeros(len(same), bool)
    for part in np.unique(fold).tolist():
        held = fold == part
        wrong[held] = (table[part, held] >= boundary(table[part, ~held], same[~held])) != same[held]
    return wrong


def rate(wrong: Flags, group: Numbers) -> dict[str, float]:
    """The share of pairs that are wrong, with the Clopper-Pearson interval on Kish's effective number of groups."""
    sizes = np.bincount(group)
    effective = min(sizes.sum() ** 2 / (sizes**2).sum(), len(wrong))
    low, high = clopper_pearson(float(wrong.mean()) * effective, effective)
    return {"value": float(wrong.mean()), "low": low, "high": high}


def difference(before: Flags, after: Flags, group: Numbers, seed: int = 0) -> Mapping[str, float]:
    """How much the share fell, with the 95 % percentile interval over resampled groups of the same pairs."""
    names = np.unique(group, return_inverse=True)[1]
    gain = np.bincount(names, before.astype(float) - after)
    size = np.bincount(names)
    draws = np.random.default_rng(seed).integers(len(size), size=(RESAMPLES, len(size)))
    found: Sequence[float] = gain[draws].sum(axis=1) / size[draws].sum(axis=1)
    low, high = np.quantile(found, [0.025, 0.975])
    return {"value": float(gain.sum() / size.sum()), "low": float(low), "high": float(high)}
