import numpy as np

from shoestring.rl.drawings.grids import CELL, draw_grid, floor, middle

TILES = ("S#", ".G", "H.")
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))


def test_the_agent_stands_in_its_cell_and_aims_as_its_action_does():
    drawing = draw_grid(TILES, ("up", "right", "down", "left"), MOVES)
    assert (drawing.width, drawing.height) == (2 * CELL, 3 * CELL)
    agent, *aim = drawing.frame(np.array([3.0]), 2)
    assert agent.numbers == middle(3, 2) == (15.0, 15.0)
    assert aim[1].numbers[:2] == (15.0, 23.0)
    assert len(drawing.frame(np.array([3.0]), None)) == 1
    assert drawing.frame(np.array([99.0]), None)[0].numbers == middle(5, 2), (
        "a state that does not exist draws nothing wild"
    )


def test_states_may_share_cells_and_bring_more_with_them():
    extra = lambda state: (state,)  # noqa: E731
    drawing = draw_grid(TILES, (), (), cell=[5, 5, 0], extra=extra)
    assert drawing.frame(np.array([1.0]), 0)[0] == 1 and drawing.frame(np.array([1.0]), 0)[1].numbers == middle(5, 2)
    assert drawing.cell == (5, 5, 0)


def test_tiles_have_tones_and_large_grids_no_letters():
    tones = [shape.tone for shape in floor(TILES) if shape.kind == "polygon"]
    assert tones == ["surface", "line-strong", "good", "bad"]
    assert [shape.text for shape in floor(TILES) if shape.kind == "text"] == ["S", "G", "H"]
    assert not [shape for shape in floor(["S" + "." * 30] * 30) if shape.kind == "text"]
