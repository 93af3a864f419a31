import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

from shoestring.core.errors import BadDataError
from shoestring.similarity import cluster
from shoestring.similarity.cluster import Tree, agglomerate, by_appearance
from tests.similarity.vectors import clumps


def by_loop(vectors, method, threshold=None, count=1):
    """Join the two most similar groups, again and again, looking at all pairs of members each time."""
    groups = [[row] for row in range(len(vectors))]
    scores = vectors.astype(float) @ vectors.T.astype(float)
    mean = {"single": np.max, "complete": np.min, "average": np.mean}[method]
    while len(groups) > count:
        best = max((mean(scores[np.ix_(a, b)]), -i, -j) for i, a in enumerate(groups) for j, b in enumerate(groups[:i]))
        if threshold is not None and best[0] < threshold:
            break
        joined = groups.pop(-best[1]) + groups.pop(-best[2])
        groups.append(joined)
    label = np.empty(len(vectors), int)
    for number, members in enumerate(groups):
        label[members] = number
    return by_appearance(label).tolist()


@pytest.mark.parametrize("method", ["single", "average", "complete"])
def test_groups_are_those_of_a_loop(method):
    vectors, _ = clumps(6, 7, width=5, spread=0.35)
    tree = agglomerate(vectors, method)
    for threshold in (0.3, 0.6, 0.8, 0.95):
        assert tree.cut(threshold=threshold).tolist() == by_loop(vectors, method, threshold)
    for count in (1, 5, 42):
        assert tree.cut(count=count).tolist() == by_loop(vectors, method, count=count)


def test_groups_are_those_of_scipy_on_more_rows():
    vectors, label = clumps(25, 20, spread=0.2)
    merges = linkage(pdist(vectors.astype(float), "cosine"), "average")
    expected = by_appearance(fcluster(merges, 0.4, "distance"))
    assert agglomerate(vectors).cut(threshold=0.6).tolist() == expected.tolist()
    assert agglomerate(vectors).cut(count=25).tolist() == by_appearance(label).tolist()


@pytest.mark.parametrize("method", ["single", "average"])
def test_the_curve_says_what_every_cut_gives(method):
    vectors, _ = clumps(8, 9, spread=0.4)
    vectors[[10, 20, 30]] = vectors[10]
    tree = agglomerate(vectors, method)
    curve = tree.curve()
    assert (np.diff(curve.threshold) < 0).all()
    for threshold in (1.1, 1.0, *tree.similarity[::7], 0.5, -1.0, -2.0):
        sizes = np.bincount(tree.cut(threshold=threshold))
        several = sizes[sizes > 1]
        expected = (len(several), several.sum(), several.max() if len(several) else 1)
        assert curve.at(threshold) == expected, threshold


def test_a_thinned_curve_keeps_its_ends():
    curve = agglomerate(clumps(8, 30)[0], "single").curve()
    thin = curve.thinned(20)
    assert len(thin["threshold"]) == 20 and thin["threshold"][0] == curve.threshold[0]
    assert not thin["complete"] and curve.thinned(10_000)["complete"]
    assert thin["threshold"][-1] == curve.threshold[-1] and thin["largest"][-1] == 240
    empty = Tree(3, *(np.empty(0, np.int64),) * 2, np.empty(0)).curve()
    assert empty.thinned(20)["threshold"] == [] and empty.at(0.0) == (0, 0, 1)


def test_what_is_asked_for_must_make_sense(monkeypatch):
    tree = agglomerate(clumps(2, 5)[0])
    for wrong in ({}, {"threshold": 0.5, "count": 2}, {"count": 0}, {"count": 11}):
        with pytest.raises(BadDataError):
            tree.cut(**wrong)
    monkeypatch.setattr(cluster, "MOST_ROWS", 9)
    with pytest.raises(BadDataError, match="linkage single"):
        agglomerate(clumps(2, 5)[0])
    assert agglomerate(clumps(2, 5)[0], "single").cut(count=1).tolist() == [0] * 10
    for rows in (0, 1):
        assert agglomerate(clumps(2, 5)[0][:rows]).cut(threshold=0.5).tolist() == [0] * rows
