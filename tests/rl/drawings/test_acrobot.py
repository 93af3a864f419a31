import numpy as np
import pytest

from shoestring.rl.drawings.acrobot import CENTRE, LINK, draw_acrobot
from shoestring.rl.envs import Acrobot


@pytest.mark.parametrize("first", [0.0, 0.5, -2.0, 3.0])
@pytest.mark.parametrize("second", [0.0, 1.0, -2.5])
def test_the_tip_is_above_the_line_exactly_where_the_task_is_solved(first, second):
    drawing, physics = draw_acrobot(), Acrobot()
    state = np.array([[first], [second], [0.0], [0.0]])
    seen = physics.observe(state)[0]
    tip_height = CENTRE - drawing.frame(seen, None)[1].numbers[3]
    height = -np.cos(first) - np.cos(first + second)
    assert tip_height == pytest.approx(LINK * height, abs=1e-4)
    assert (CENTRE - drawing.backdrop[0].numbers[1]) == LINK


def test_links_hang_down_at_rest():
    shapes = draw_acrobot().frame(np.array([1, 0, 1, 0, 0, 0]), 2)
    assert shapes[1].numbers[2:] == pytest.approx((CENTRE, CENTRE + 2 * LINK))
    assert shapes[-1].numbers[0] > CENTRE
