import numpy as np

from shoestring.rl.deep_q import Uniform


def test_what_is_filled_is_drawn_evenly_and_nothing_else():
    index, weight = Uniform().build(100).draw(9_000, 9, np.random.default_rng(0), 0.0)
    counts = np.bincount(index)
    assert len(counts) == 9 and ((counts - 1000) ** 2 / 1000).sum() < 26, "chi-squared, 8 degrees, p = .001"
    assert (weight == 1).all()
