"""Pairs with a cause that can be learned: one direction tells what is the same, the others are noise."""

import numpy as np

from shoestring.similarity.pair_lessons import Lessons
from shoestring.similarity.search import unit


def lessons_with_a_cause(pairs: int = 60, width: int = 6, seed: int = 0) -> Lessons:
    """Two items a pair; they are the same when the signs of their first number agree, and noise is four times it."""
    draw = np.random.default_rng(seed)
    sign = draw.choice([-1.0, 1.0], size=2 * pairs)
    vectors = draw.normal(size=(2 * pairs, width))
    vectors[:, 1:] *= 2.0
    vectors[:, 0] = sign
    places = draw.permutation(2 * pairs).reshape(pairs, 2)
    same = sign[places[:, 0]] == sign[places[:, 1]]
    return Lessons(unit(vectors), places.astype(np.int64), same, answers=pairs + 3, model="base", source="text",
                   modality="text")  # fmt: skip
