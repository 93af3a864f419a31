import numpy as np

from shoestring.rl.drawings.grids import middle
from shoestring.rl.drawings.taxi import draw_taxi, parts
from shoestring.rl.envs import Taxi


def test_passenger_destination_and_taxi_are_where_the_state_says():
    state = ((2 * 5 + 3) * 5 + 1) * 4 + 2
    drawing = draw_taxi()
    assert parts(state) == (2, 3, 1, 2)
    assert drawing.words(np.array([state])) == "passenger waits at G, wants to Y"
    shapes = drawing.frame(np.array([state]), None)
    assert shapes[-1].numbers == middle(2 * 5 + 3, 5)
    waiting = next(shape for shape in shapes if shape.tone == "unsure").numbers
    assert waiting == (middle(4, 5)[0] + 3, middle(4, 5)[1] - 3)
    aboard = ((2 * 5 + 3) * 5 + 4) * 4 + 2
    assert "aboard" in drawing.words(np.array([aboard]))


def test_every_state_has_a_cell_and_moves_lead_to_the_cell_next_to_it():
    drawing, mdp = draw_taxi(), Taxi().to_mdp()
    assert len(drawing.cell) == mdp.states
    state = ((2 * 5 + 2) * 5 + 0) * 4 + 1
    cells = [drawing.cell[int(mdp.successor[state, action, 0])] for action in range(4)]
    assert cells == [17, 7, 13, 11], "down, up, right, left"
