import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.sigma_lognormal import synthetic_set


def shape(signature):
    share = np.linspace(0, 1, 100)
    axes = [np.interp(share, signature.t / signature.t[-1], axis) for axis in (signature.x, signature.y)]
    return np.stack([(axis - axis.mean()) / axis.std() for axis in axes]).ravel()


@pytest.fixture(scope="module")
def found():
    return synthetic_set(12, 6, 4, seed=3)


def test_labels_say_who_and_in_which_order(found):
    assert len(found) == 12 * 10 and len(np.unique(found.identity)) == 12
    first = found.identity == "synthetic-3-00001"
    assert found.sample[first].tolist() == list(range(1, 11))
    assert found.genuine[first].tolist() == [True] * 6 + [False] * 4


def test_the_same_seed_gives_the_same_set_and_more_writers_leave_the_first_alone(found):
    again = synthetic_set(2, 6, 4, seed=3)
    for one, other in zip(again, found[:20], strict=True):
        np.testing.assert_array_equal(one.x, other.x)
        np.testing.assert_array_equal(one.t, other.t)
        np.testing.assert_array_equal(one.pressure, other.pressure)
    assert not np.array_equal(synthetic_set(1, 1, 0, seed=4)[0].x, found[0].x)


def test_signatures_have_the_measures_of_signatures(found):
    seconds = np.array([signature.t[-1] for signature in found])
    assert seconds.min() > 0.3 and seconds.max() < 20 and 1 < np.median(seconds) < 5
    for signature in found:
        assert 0 <= signature.pressure.min() <= signature.pressure.max() <= 1
        assert np.median(np.diff(signature.t)) == pytest.approx(0.01, rel=1e-3)
        assert signature.pen_down.mean() > 0.5


def test_a_writer_is_nearer_to_himself_than_forgers_and_strangers_are(found):
    shapes = np.array([shape(signature) for signature in found])
    own, forged, strange = [], [], []
    for writer in np.unique(found.identity):
        mine = np.flatnonzero((found.identity == writer) & found.genuine)
        distance = np.abs(shapes - shapes[mine[0]]).mean(axis=1)
        own.extend(distance[mine[1:]])
        forged.extend(distance[(found.identity == writer) & ~found.genuine])
        strange.extend(distance[(found.identity != writer) & found.genuine])
    assert np.median(own) < 0.8 * np.median(forged) < 0.8 * np.median(strange)


@pytest.mark.parametrize("counts", [(0, 1, 1), (1, 0, 1), (1, 1, -1)])
def test_an_empty_set_is_refused(counts):
    with pytest.raises(BadDataError, match="at least one writer"):
        synthetic_set(*counts)
