import numpy as np
import pytest

from shoestring.rl.drawings.numbers import MOST, draw_numbers


def test_bars_are_scaled_by_the_episode_and_point_up_or_down():
    seen = np.array([[1.0, -2.0, 0.0], [4.0, 1.0, 0.0]])
    up, down, none = draw_numbers(seen).frame(seen[0], None)
    heights = [shape.numbers[5] - shape.numbers[1] for shape in (up, down, none)]
    assert heights[:2] == pytest.approx([34 / 4, 34]) and (up.tone, down.tone) == ("accent", "bad")
    assert up.numbers[5] == 38 and down.numbers[1] == 38 and heights[2] == pytest.approx(0.2)
    assert len(draw_numbers(np.ones((2, 100))).frame(np.ones(100), None)) == MOST
