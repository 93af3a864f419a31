import numpy as np
import pytest

from shoestring.rl.drawings.cart_pole import MIDDLE, POLE, SCALE, draw_cart_pole


def test_the_pole_leans_to_the_right_for_a_positive_angle_and_the_cart_is_where_it_is():
    cart, pole, hinge, *push = draw_cart_pole().frame(np.array([1.0, 0, 0.2, 0], dtype=np.float32), 1)
    x = MIDDLE + SCALE
    assert hinge.numbers[0] == x and cart.numbers[0] == x - 8
    foot, tip = np.array(pole.numbers[:2]), np.array(pole.numbers[2:])
    assert np.hypot(*(tip - foot)) == pytest.approx(POLE)
    assert tip[0] - foot[0] == pytest.approx(POLE * np.sin(0.2), rel=1e-4) and tip[1] < foot[1]
    assert push[1].numbers[0] > x, "action 1 pushes to the right"
    assert draw_cart_pole().frame(np.zeros(4), 0)[-1].numbers[0] < MIDDLE
    assert len(draw_cart_pole().frame(np.zeros(4), None)) == 3
