import numpy as np

from shoestring.rl.deep_q import SingleStream


def test_an_action_has_numbers_of_its_own():
    outputs = np.arange(12.0).reshape(2, 6)
    parts = SingleStream().combine(outputs, 2)
    assert parts.tolist() == [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]
    assert (SingleStream().adjoint(parts) == outputs).all() and SingleStream().outputs(3, 2) == 6
