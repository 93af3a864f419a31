"""Unit vectors for tests: clumps around directions, exact copies and near copies among them."""

import numpy as np

from shoestring.similarity.search import unit


def clumps(groups: int, each: int, width: int = 16, spread: float = 0.3, seed: int = 0):
    """Vectors [groups * each, width] and their labels, in random order."""
    draw = np.random.default_rng(seed)
    middle = draw.normal(size=(groups, width))
    label = draw.permutation(np.repeat(np.arange(groups), each))
    return unit(middle[label] + spread * draw.normal(size=(len(label), width))), label
