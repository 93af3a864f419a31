import numpy as np

from shoestring.rl.deep_q import DoubleSelection, MaxSelection


def test_the_network_that_learns_chooses():
    own, target = np.array([[1.0, 2.0], [0.0, 5.0]]), np.array([[3.0, 1.0], [0.0, 9.0]])
    assert DoubleSelection().choose(own, target).tolist() == [1, 1]


def test_two_noises_do_not_overestimate_and_one_does():
    """Eight actions that are all worth nothing, valued with independent noise: the maximum is biased, double is not."""
    rng = np.random.default_rng(0)
    own, target = rng.standard_normal((2, 20_000, 8))
    rows = np.arange(len(target))
    means = [target[rows, kind.choose(own, target)].mean() for kind in (MaxSelection(), DoubleSelection())]
    assert means[0] > 1.35 and abs(means[1]) < 0.03
