import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from shoestring.similarity.plane import on_grid, pca_plane, principal, tsne_plane
from tests.similarity.vectors import clumps


def test_principal_directions_are_those_of_scikit_learn():
    vectors, _ = clumps(5, 60, width=12)
    theirs = PCA(3).fit(vectors.astype(float))
    directions, shares = principal(vectors, 3)
    np.testing.assert_allclose(shares, theirs.explained_variance_ratio_, rtol=1e-6)
    np.testing.assert_allclose(np.abs((directions * theirs.components_).sum(axis=1)), 1, rtol=1e-9)
    assert (np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1) > 0).all()
    points, share = pca_plane(vectors)
    np.testing.assert_allclose(points, vectors.astype(float) @ directions[:2].T)
    assert share == pytest.approx(theirs.explained_variance_ratio_[:2].sum())


def kept(points, vectors, k=5):
    """Share of the ``k`` nearest rows that are among the ``k`` nearest points."""
    rows = NearestNeighbors(n_neighbors=k + 1).fit(vectors).kneighbors(vectors, return_distance=False)[:, 1:]
    near = NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points, return_distance=False)[:, 1:]
    return np.mean([len(set(a) & set(b)) / k for a, b in zip(rows, near, strict=True)])


def test_neighbours_stay_together_better_than_by_variance_each_time_in_the_same_way():
    vectors, _ = clumps(40, 6, width=16, spread=0.1)
    points, placed = tsne_plane(vectors)
    assert placed == 0 and points.shape == (240, 2)
    assert kept(points, vectors) > 0.95 and kept(pca_plane(vectors)[0], vectors) < 0.85
    np.testing.assert_array_equal(tsne_plane(vectors)[0], points)


def test_rows_beyond_the_landmarks_are_placed_among_their_like():
    vectors, label = clumps(6, 50, width=16, spread=0.1)
    stages = []
    points, placed = tsne_plane(vectors, landmarks=120, tick=lambda done, of: stages.append((done, of)))
    assert placed == 180 and np.isfinite(points).all() and stages == [(1, 3), (2, 3), (3, 3)]
    assert not np.array_equal(tsne_plane(vectors, landmarks=120, seed=1)[0], points), "other rows were laid out"
    middle = np.stack([np.median(points[label == group], axis=0) for group in range(6)])
    nearest = np.linalg.norm(points[:, None] - middle[None], axis=2).argmin(axis=1)
    assert (nearest == label).mean() > 0.98


def test_rows_too_few_or_all_alike_are_drawn_too():
    vectors, _ = clumps(1, 6)
    for count in (1, 2, 4):
        points, _ = tsne_plane(vectors[:count])
        assert points.shape == (count, 2) and np.isfinite(points).all()
    assert np.isfinite(tsne_plane(np.tile(vectors[:1], (20, 1)))[0]).all()
    assert pca_plane(np.ones((3, 1), np.float32))[0].shape == (3, 2)


def test_the_grid_keeps_proportions_and_the_whole_range():
    grid = on_grid(np.array([[0.0, 0.0], [10.0, 5.0], [5.0, 2.5]]))
    assert grid.dtype == np.uint16 and grid[:, 0].tolist() == [0, 65535, 32768]
    assert grid[:, 1].tolist() == [16384, 49151, 32768]
    assert on_grid(np.zeros((3, 2))).tolist() == [[32768, 32768]] * 3 and on_grid(np.zeros((0, 2))).shape == (0, 2)
