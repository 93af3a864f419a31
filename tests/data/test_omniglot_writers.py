import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.omniglot_writers import omniglot_writers


@pytest.fixture
def omniglot(tmp_path):
    """Two drawers, three characters of one or two strokes, in mouse time with a pause."""
    rng = np.random.default_rng(0)
    points, stroke, offsets, label, drawer = [], [], [0], [], []
    for character in range(3):
        for who in (1, 2):
            k = np.arange(40)
            bend = 12 * np.sin(k / (4 + character)) + 2 * who
            t = 25 * k + np.where(k > 20, 900, 0)
            points.append(np.stack([20 + k + rng.normal(0, 0.2, 40), 50 + bend, t], axis=1))
            stroke.append(np.where(k < 25, 0, min(character, 1)))
            offsets.append(offsets[-1] + 40)
            label.append(character)
            drawer.append(who)
    path = tmp_path / "omniglot.npz"
    np.savez(
        path,
        points=np.concatenate(points).astype(np.float32),
        stroke=np.concatenate(stroke),
        offsets=offsets,
        label=label,
        drawer=drawer,
        class_names=np.array(["Greek/a", "Greek/b", "Greek/c"]),
    )
    return path


def test_every_drawer_becomes_writers_of_words(omniglot):
    found = omniglot_writers(omniglot, words=2, genuine=3, forgeries=2, seed=1)
    assert sorted(set(found.identity.tolist())) == ["Greek/01/1", "Greek/01/2", "Greek/02/1", "Greek/02/2"]
    assert len(found) == 4 * 5 and found.genuine.sum() == 12
    for signature in found:
        # Forty mouse events of 25 ms and a pause of 0.9 s a character become the tempo of a signature.
        assert signature.t[-1] < 3.5 and np.median(np.diff(signature.t)) == pytest.approx(0.01, rel=1e-3)
        assert 0 <= signature.pressure.min() < signature.pressure.max() <= 1


def test_the_same_seed_gives_the_same_set(omniglot):
    first, second, other = (omniglot_writers(omniglot, 1, 2, 2, seed) for seed in (1, 1, 2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.x, b.x)
        np.testing.assert_array_equal(a.pressure, b.pressure)
    assert not all(np.array_equal(a.x, b.x) for a, b in zip(first, other, strict=True))


def test_an_empty_request_is_refused(omniglot):
    with pytest.raises(BadDataError, match="at least one word"):
        omniglot_writers(omniglot, words=0)


@pytest.mark.slow
def test_the_drawers_of_omniglot(shared_data):
    found = omniglot_writers(shared_data / "omniglot_small" / "omniglot.npz", 1, 2, 2)
    assert len(found) == 120 * 4 and len(np.unique(found.identity)) == 120
    seconds = np.array([signature.t[-1] for signature in found])
    assert 1 < np.median(seconds) < 4 and seconds.max() < 20
