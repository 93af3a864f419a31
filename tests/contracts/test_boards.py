"""What every board game must do, without a line of code for any of them."""

import numpy as np
import pytest

from shoestring.core import config
from shoestring.rl.boards import Board
from shoestring.rl.exhaustive import empty
from tests.contracts.members import kind, members

every_board = pytest.mark.parametrize("rules", [member() for member in members(Board)], ids=kind)


def random_games(rules, games, rng):
    """Boards before and after each move of random games, with the moves."""
    boards = empty(rules, games)
    while len(boards):
        chance = rules.legal(boards) * rng.random((len(boards), rules.actions))
        action = chance.argmax(axis=1)
        after = rules.place(boards, action)
        yield boards, action, after
        boards = after[~rules.lost(after) & rules.legal(after).any(axis=1)]


@every_board
def test_a_move_adds_one_stone_and_gives_the_board_to_the_other(rules):
    for before, _, after in random_games(rules, 30, np.random.default_rng(0)):
        changed = -after != before
        assert (changed.sum(axis=1) == 1).all() and ((-after)[changed] == 1).all() and (before[changed] == 0).all()


@every_board
def test_symmetries_are_those_of_the_game(rules):
    cells, actions = rules.symmetries()
    assert (cells[0] == np.arange(cells.shape[1])).all() and (actions[0] == np.arange(rules.actions)).all()
    for before, action, after in random_games(rules, 20, np.random.default_rng(1)):
        for view, moves in zip(cells, actions, strict=True):
            seen = before[:, view]
            assert (rules.legal(seen) == rules.legal(before)[:, moves]).all()
            # Where an action lies in the view: the place that shows it.
            there = np.argsort(moves)[action]
            assert (rules.place(seen, there) == after[:, view]).all()
            assert (rules.lost(after[:, view]) == rules.lost(after)).all()


@every_board
def test_gravity_says_whether_stones_may_hang(rules):
    hanging = 0
    for _, _, after in random_games(rules, 20, np.random.default_rng(2)):
        grid = after.reshape(-1, rules.rows, rules.columns)
        hanging += int(((grid[:, :-1] != 0) & (grid[:, 1:] == 0)).sum())
    assert (hanging == 0) == rules.gravity


@every_board
def test_it_is_read_back_from_its_configuration(rules):
    assert config.load(type(rules), [config.text_layer(config.dump(rules), "test")]) == rules
