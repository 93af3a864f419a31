import numpy as np
import pytest
from scipy.stats import ttest_1samp

from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.papers.faces import added, over_folds, parts, picture_pairs
from shoestring.similarity.sampling import IdentitySplit


class Pixels:
    def encode(self, items):
        return np.stack([item.pixels[::20, ::20].ravel() / 255 for item in items])


def test_every_pair_of_pictures_is_compared_once():
    faces = synthetic_faces(3, 2)
    table = picture_pairs(Pixels(), faces)
    vectors = Pixels().encode(faces)
    expected = [(i, j) for i in range(6) for j in range(i + 1, 6)]
    assert table.score == pytest.approx([-np.sum((vectors[i] - vectors[j]) ** 2) for i, j in expected])
    assert table.subject.tolist() == [faces.identity[i] for i, _ in expected]
    assert table.probe.tolist() == [faces.identity[j] for _, j in expected] and table.count("genuine") == 3


def test_the_parts_of_a_split_share_nobody(tmp_path):
    faces = synthetic_faces(10, 2, height=30, width=24)
    np.savez(tmp_path / "f.npz", images=np.stack([p.pixels for p in faces]), identity=faces.identity)
    found = parts(IdentitySplit(folds=5, fold=1, validation=3), tmp_path / "f.npz")
    names = [set(part.identity.tolist()) for part in found]
    assert [len(one) for one in names] == [5, 3, 2] and len(set.union(*names)) == 10


def test_the_interval_over_folds_is_that_of_the_t_test():
    values = [3.0, 5.0, 4.0, 8.0, 6.0]
    found = over_folds(values)
    low, high = ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.value, found.low, found.high) == pytest.approx((5.2, low, high))
    assert np.isnan(over_folds([3.0]).low)


def test_spending_adds_up():
    total = {"labels": 3}
    added(total, {"labels": 2, "comparisons": 5})
    assert total == {"labels": 5, "comparisons": 5}
