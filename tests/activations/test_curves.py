import numpy as np
import pytest

from shoestring.activations.curves import Curve, Piece, line, smooth


def test_each_place_takes_its_own_piece_and_a_break_the_side_that_is_named():
    curve = Curve((line(0, -1), line(2), line(1, 5)), (0.0, 3.0), ("left", "right"))
    x = np.array([-1.0, 0.0, 1.0, 3.0, 4.0])
    assert curve.value(x).tolist() == [-1, -1, 2, 8, 9]
    assert curve.slope(x).tolist() == [0, 0, 2, 1, 1]
    assert curve.curvature(x).tolist() == [0] * 5
    assert curve.piece_of(x).tolist() == [0, 0, 1, 2, 2]


def test_a_piece_is_never_evaluated_where_another_one_holds():
    def only_left(x):
        assert (x <= 0).all()
        return np.exp(x)

    curve = Curve((Piece(only_left, only_left, only_left), line(1, 1)), (0.0,), ("left",))
    assert curve.value([-1.0, 1000.0]) == pytest.approx([np.exp(-1), 1001])


def test_shapes_are_kept_and_a_number_becomes_one_value():
    curve = smooth(np.sin, np.cos, lambda x: -np.sin(x))
    assert curve.value(np.zeros((2, 3))).shape == (2, 3) and curve.slope(0.0).tolist() == [1.0]


@pytest.mark.parametrize("breaks,at", [((0.0,), ()), ((), ()), ((1.0, 0.0), ("left", "left"))])
def test_pieces_and_breaks_must_fit(breaks, at):
    with pytest.raises(ValueError, match="pieces|rise"):
        Curve((line(0), line(1), line(2)) if len(breaks) == 2 else (line(0), line(1)), breaks, at)
