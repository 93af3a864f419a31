import numpy as np

from shoestring.data.synthetic_glyphs import bezier, synthetic_glyphs


def test_a_curve_starts_and_ends_at_its_outer_points_and_follows_its_formula():
    points = np.random.default_rng(0).uniform(size=(4, 2))
    path = bezier(points, 11)
    np.testing.assert_allclose(path[[0, -1]], points[[0, -1]])
    # De Casteljau: the middle is found by halving again and again.
    layer = points
    while len(layer) > 1:
        layer = (layer[1:] + layer[:-1]) / 2
    np.testing.assert_allclose(path[5], layer[0])


def test_the_same_seed_writes_the_same_and_classes_are_told_apart():
    first, again = synthetic_glyphs(10, 4, seed=1), synthetic_glyphs(10, 4, seed=1)
    assert all((a.pixels == b.pixels).all() for a, b in zip(first, again, strict=True))
    assert first.identity[4] == "g002" and first[0].pixels.shape == (48, 48)
    ink = np.stack([p.pixels for p in first]).reshape(40, -1).astype(float)
    gaps = np.linalg.norm(ink[:, None] - ink[None], axis=2) + np.where(np.eye(40), np.inf, 0)
    assert (first.identity[gaps.argmin(axis=1)] == first.identity).mean() > 0.6


def test_dark_ink_on_white():
    picture = synthetic_glyphs(1, 1)[0]
    assert picture.pixels.max() == 255 and 0 < (picture.pixels < 128).mean() < 0.4
