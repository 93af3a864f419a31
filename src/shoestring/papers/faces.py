"""What the two articles on faces share here: the pictures, the split of their people, and tables of pairs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from shoestring.data.image_files import read_images
from shoestring.data.images import ImageSet
from shoestring.similarity.bootstrap import Interval
from shoestring.similarity.encoders import EncoderNetwork
from shoestring.similarity.protocol import Comparisons
from shoestring.similarity.sampling import IdentitySplit
from shoestring.similarity.verification_pairs import all_pairs, squared_distances

DATA = Path("../shared/data/orl_faces/faces.npz")
"""The AT&T faces: 30 people here, ten pictures each."""
FOLDS = 5
VALIDATION = 4
"""People who choose the network and calibrate; with six tested, twenty train."""


def parts(split: IdentitySplit, data: Path = DATA) -> tuple[ImageSet, ImageSet, ImageSet]:
    """The pictures that train, validate and test."""
    samples = read_images(data)
    first, second, third = (samples.subset(rows) for rows in split.parts(samples))
    return first, second, third


def picture_pairs(encoder: EncoderNetwork, samples: ImageSet) -> Comparisons:
    """Every pair of pictures of ``samples`` with minus its squared distance as score."""
    pairs = all_pairs(samples.identity)
    return Comparisons(
        score=-squared_distances(encoder.encode(samples.pictures), pairs),
        genuine=pairs.same,
        subject=samples.identity[pairs.first],
        probe=samples.identity[pairs.second],
        kind=np.where(pairs.same, "genuine", "random"),
    )


def added(spent: dict[str, int], more: Mapping[str, int]) -> None:
    """Add up what runs have spent."""
    for kind, amount in more.items():
        spent[kind] = spent.get(kind, 0) + amount


def over_folds(values: Sequence[float]) -> Interval:
    """Mean of one value a fold, with the t interval of the mean; NaN bounds for a single fold."""
    from scipy.stats import t

    count, mean = len(values), float(np.mean(values))
    if count < 2:
        return Interval(mean, np.nan, np.nan, 0)
    half = float(t.ppf(0.975, count - 1) * np.std(values, ddof=1) / np.sqrt(count))
    return Interval(mean, mean - half, mean + half, 0)
