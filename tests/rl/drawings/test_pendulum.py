import numpy as np
import pytest

from shoestring.rl.drawings.pendulum import CENTRE, LENGTH, draw_pendulum
from shoestring.rl.envs import Pendulum


def tip(angle, torque=None):
    shapes = draw_pendulum().frame(np.array([np.cos(angle), np.sin(angle), 0]), torque)
    return np.array(shapes[0].numbers[2:]), shapes[2:]


def test_zero_is_upright_and_a_positive_angle_is_counter_clockwise():
    assert tip(0.0)[0] == pytest.approx([CENTRE, CENTRE - LENGTH])
    assert tip(np.pi / 2)[0] == pytest.approx([CENTRE - LENGTH, CENTRE])
    assert tip(np.pi)[0] == pytest.approx([CENTRE, CENTRE + LENGTH])


def test_the_torque_points_the_way_in_which_it_turns():
    state = np.array([[0.0], [0.0]])
    after, _, _ = Pendulum().advance(state, np.array([[2.0]]))
    moved = tip(after[0, 0])[0][0] - CENTRE
    end = tip(0.0, np.array([2.0]))[1][-1].numbers[0] - CENTRE
    assert moved < 0 and end < 0
    far = tip(0.0, np.array([90.0]))[1][-1].numbers
    assert far == tip(0.0, np.array([2.0]))[1][-1].numbers, "no more is shown than the motor gives"
