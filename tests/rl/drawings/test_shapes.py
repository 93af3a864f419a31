import json

import numpy as np
import pytest

from shoestring.rl.drawings.shapes import Shape, arrow, box


def test_a_shape_is_plain_json():
    shape = Shape("line", "accent", (np.float32(1.23456), 2), 0.123)
    assert json.loads(json.dumps(shape.plain())) == ["line", "accent", 0.12, [1.23, 2.0], ""]


def test_a_box_has_its_corners_and_an_arrow_its_tip():
    assert box("good", 1, 2, 3, 4).numbers == (1, 2, 4, 2, 4, 6, 1, 6)
    shaft, head = arrow("bad", 10, 20, 0, -8)
    assert head.numbers[:2] == (10, 12) and shaft.numbers[:2] == (10, 20)
    left, right = head.numbers[2:4], head.numbers[4:6]
    assert left[1] == right[1] == shaft.numbers[3] and left[0] - 10 == pytest.approx(10 - right[0])
    assert arrow("bad", 0, 0, 0, 0) == ()
