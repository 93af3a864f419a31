import pytest

from shoestring.rl.envs.grid_world import GridWorld
from shoestring.rl.planning import value_iteration


def test_the_maze_of_the_book_is_solved_in_fourteen_steps():
    mdp = GridWorld().to_mdp()
    assert mdp.start @ value_iteration(mdp, 0.95).value == pytest.approx(0.95**13)


def test_walls_and_borders_hold():
    mdp = GridWorld(rows=("S#G",)).to_mdp()
    assert (mdp.successor[0] == 0).all()


@pytest.mark.parametrize("rows", [("SG", "."), ("..G",), ("SS.G",), ("S..",)])
def test_a_grid_without_start_goal_or_shape_is_refused(rows):
    with pytest.raises(ValueError, match="one S and at least one G"):
        GridWorld(rows=rows)
