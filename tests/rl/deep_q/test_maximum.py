import numpy as np

from shoestring.rl.deep_q import MaxSelection


def test_the_target_network_chooses():
    own, target = np.array([[1.0, 2.0], [0.0, 5.0]]), np.array([[3.0, 1.0], [0.0, 9.0]])
    assert MaxSelection().choose(own, target).tolist() == [0, 1]
