import numpy as np
import pytest

from shoestring.rl.spaces import Box


def test_a_box_clips_to_its_bounds():
    box = Box((-1.0, 0.0), (1.0, np.inf))
    assert box.size == 2
    found = box.clip(np.array([[5.0, 5.0], [-5.0, -5.0]], dtype=np.float32))
    assert found.tolist() == [[1, 5], [-1, 0]] and found.dtype == np.float32


@pytest.mark.parametrize(("low", "high"), [((0.0,), (0.0,)), ((0.0,), (1.0, 2.0)), ((), ())])
def test_an_empty_box_is_refused(low, high):
    with pytest.raises(ValueError, match="lower bound"):
        Box(low, high)
