import numpy as np
import pytest

from shoestring.rl.drawings.mountain_car import draw_mountain_car, place
from shoestring.rl.envs.mountain_car import GOAL


def test_the_valley_is_lowest_where_gravity_vanishes_and_the_flag_stands_at_the_goal():
    xs = np.linspace(-1.2, 0.6, 2001)
    heights = [place(x)[1] for x in xs.tolist()]
    assert np.cos(3 * xs[int(np.argmax(heights))]) == pytest.approx(0, abs=2e-3)
    drawing = draw_mountain_car()
    flag = drawing.backdrop[2].numbers
    assert flag[:2] == place(GOAL)
    car, *push = drawing.frame(np.array([-0.5, 0]), 0)
    assert car.numbers[0] == pytest.approx(place(-0.5)[0]) and push[1].numbers[0] < car.numbers[0]
    assert len(drawing.frame(np.array([-0.5, 0]), 1)) == 1, "doing nothing has no arrow"
