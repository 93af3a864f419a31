import tracemalloc

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from shoestring.core.errors import BadDataError
from shoestring.similarity import pairs
from shoestring.similarity.cluster import Tree, by_appearance
from shoestring.similarity.pairs import closest_pair, nearest_forest, pairs_above, pairs_and_forest
from tests.similarity.vectors import clumps


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch):
    monkeypatch.setattr(pairs, "TILE", 37)


def by_loop(vectors, threshold):
    """Every pair by itself, best first."""
    found = []
    for i in range(len(vectors)):
        for j in range(i + 1, len(vectors)):
            score = float(vectors[i].astype(float) @ vectors[j].astype(float))
            if score >= threshold:
                found.append((-round(score * pairs.GRID) / pairs.GRID, i, j))
    return [(i, j, -score) for score, i, j in sorted(found)]


def listed(found):
    return list(zip(found.first.tolist(), found.second.tolist(), found.score.tolist(), strict=True))


@pytest.mark.parametrize("threshold", [0.5, 0.9, 2.0, -np.inf])
def test_pairs_are_those_of_a_loop(threshold):
    vectors, _ = clumps(15, 8)
    expected, found = by_loop(vectors, threshold), pairs_above(vectors, threshold)
    assert found.total == len(expected) and not found.truncated
    assert {pair[:2] for pair in listed(found)} == {pair[:2] for pair in expected}
    np.testing.assert_allclose(found.score, [pair[2] for pair in expected], atol=2e-6)


def test_equal_rows_tie_exactly_and_are_in_order():
    vectors, _ = clumps(1, 90)
    vectors[[3, 50, 80]] = vectors[3]
    assert listed(pairs_above(vectors, 0.9999995)) == [(3, 50, 1.0), (3, 80, 1.0), (50, 80, 1.0)]


@pytest.mark.parametrize("pending", [10, 10**6])
def test_only_so_many_are_kept_and_all_are_counted(monkeypatch, pending):
    monkeypatch.setattr(pairs, "PENDING", pending)
    vectors, _ = clumps(3, 40)
    everything = pairs_above(vectors, 0.2)
    for most in (0, 1, 7, 100):
        found = pairs_above(vectors, 0.2, at_most=most)
        assert found.total == everything.total and found.truncated
        assert listed(found) == listed(everything)[:most]


@pytest.mark.parametrize("most", [5, 60, 500])
def test_of_equal_pairs_the_first_are_kept_wherever_they_are_found(monkeypatch, most):
    """Several groups of equal rows, in tiles that are not visited in the order of the pairs."""
    monkeypatch.setattr(pairs, "PENDING", 20)
    vectors, _ = clumps(4, 30)
    vectors[5::7], vectors[3::11] = vectors[5], vectors[3]
    everything = pairs_and_forest(vectors, 0.5)
    found = pairs_and_forest(vectors, 0.5, at_most=most)
    assert found[0].total == everything[0].total and listed(found[0]) == listed(everything[0])[:most]
    for ours, theirs in zip(found[1], everything[1], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_memory_does_not_grow_with_the_pairs_when_all_are_duplicates(monkeypatch):
    monkeypatch.setattr(pairs, "TILE", 256)
    monkeypatch.setattr(pairs, "PENDING", 10_000)
    vectors = np.repeat(clumps(1, 1)[0], 3000, axis=0)
    tracemalloc.start()
    found, forest = pairs_and_forest(vectors, 0.9, at_most=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.total == 3000 * 2999 // 2 and len(found.first) == 100 and len(forest[0]) == 2999
    # The list of pairs alone would be 108 MB.
    assert peak < 30e6, peak


@pytest.mark.parametrize("crowded", [0, 50, 10**6])
@pytest.mark.parametrize("threshold", [-np.inf, 0.8])
def test_the_forest_is_single_linkage(monkeypatch, crowded, threshold):
    monkeypatch.setattr(pairs, "CROWDED", crowded)
    monkeypatch.setattr(pairs, "PENDING", 100)
    vectors, _ = clumps(12, 12, spread=0.25)
    vectors[40] = vectors[100]
    first, second, similarity = nearest_forest(vectors, threshold)
    tree = Tree(len(vectors), first, second, similarity)
    merges = linkage(
        np.maximum(1 - vectors.astype(float) @ vectors.T.astype(float), 0)[np.triu_indices(144, 1)], "single"
    )
    for level in (0.8, 0.85, 0.9, 0.95, 0.99):
        expected = by_appearance(fcluster(merges, 1 - level, "distance"))
        assert tree.cut(threshold=level).tolist() == expected.tolist(), level
    assert (np.diff(similarity) <= 0).all() and (first < second).all()
    assert len(first) == 143 if threshold < 0 else (similarity >= 0.8).all()


def test_the_closest_pair_is_that_of_a_loop():
    vectors, _ = clumps(30, 4)
    first, second, score = closest_pair(vectors)
    assert (first, second) == by_loop(vectors, -2.0)[0][:2]
    assert score == pytest.approx(float(vectors[first] @ vectors[second]))
    with pytest.raises(BadDataError, match="1 rows"):
        closest_pair(vectors[:1])


def test_progress_is_told_for_every_tile_and_few_rows_are_no_pairs():
    told = []
    pairs_above(clumps(10, 10)[0], 0.5, tick=lambda done, of: told.append((done, of)))
    assert told == [(number, 6) for number in range(1, 7)]
    for rows in (0, 1):
        found, forest = pairs_and_forest(np.ones((rows, 4), np.float32), 0.5)
        assert found.total == 0 and len(forest[0]) == 0
