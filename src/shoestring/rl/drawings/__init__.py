"""Pictures of environments, made of shapes: nothing here needs a display, a simulator or a network."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from shoestring.core.errors import ConfigError
from shoestring.rl.drawings.acrobot import draw_acrobot
from shoestring.rl.drawings.blackjack import draw_blackjack
from shoestring.rl.drawings.boards import draw_board
from shoestring.rl.drawings.cart_pole import draw_cart_pole
from shoestring.rl.drawings.grids import draw_grid
from shoestring.rl.drawings.mountain_car import draw_mountain_car
from shoestring.rl.drawings.numbers import draw_numbers
from shoestring.rl.drawings.pendulum import draw_pendulum
from shoestring.rl.drawings.shapes import Drawing, Shape
from shoestring.rl.drawings.taxi import draw_taxi
from shoestring.rl.envs import cliff_walking, frozen_lake, grid_world
from shoestring.rl.positions import read_rules
from shoestring.rl.worlds import environment_of

COMPASS = ("up", "right", "down", "left")
SAME = {
    "CartPole-v0": "cart-pole", "CartPole-v1": "cart-pole", "Pendulum-v1": "pendulum", "MountainCar-v0": "mountain-car",
    "Acrobot-v1": "acrobot",
}  # fmt: skip
"""Ids of Gymnasium whose observations are those of an environment here."""
BOARDS = ("tic-tac-toe", "connect")
SIZES = {"cart-pole": 4, "pendulum": 3, "mountain-car": 2, "acrobot": 6}


def drawing_of(environment: str, settings: Mapping[str, Any], observation: np.ndarray) -> Drawing:
    """The drawing for an episode's environment; bars of numbers for one that nobody drew, or that fits no drawing.

    ``observation`` [T, O] is what will be drawn.
    """
    kind = SAME.get(environment, environment)
    if kind in SIZES:
        return _physics(kind) if observation.shape[1] == SIZES[kind] else draw_numbers(observation)
    if kind in BOARDS:
        return _board(settings, observation)
    if observation.shape[1] != 1:
        return draw_numbers(observation)
    try:
        found = environment_of(settings, "episode")
    except ConfigError:
        return draw_numbers(observation)
    match found.kind:
        case "frozen-lake":
            moves = frozen_lake.MOVES
            return draw_grid(frozen_lake.MAPS[found.map], ("left", "down", "right", "up"), moves)
        case "cliff-walking":
            edge = "S" + "C" * (cliff_walking.COLUMNS - 2) + "G"
            rows = ["." * cliff_walking.COLUMNS] * (cliff_walking.ROWS - 1)
            return draw_grid([*rows, edge], COMPASS, cliff_walking.MOVES)
        case "grid-world":
            return draw_grid(found.rows, COMPASS, grid_world.MOVES)
        case "deep-sea":
            rows = ["." * found.size for _ in range(found.size)]
            rows[0], rows[-1] = "S" + rows[0][1:], rows[-1][:-1] + "G"
            return draw_grid(rows, ("left", "right"), ((1, -1), (1, 1)))
        case "random-walk":
            half = "." * (found.length // 2)
            return draw_grid([f"{half}S{half}"], ("walk",), ())
        case "chain":
            return draw_grid(["S" + "." * (found.length - 1)], ("left", "right"), ((0, -1), (0, 1)))
        case "taxi":
            return draw_taxi()
        case "blackjack":
            return draw_blackjack()
    return draw_numbers(observation)


def _board(settings: Mapping[str, Any], observation: np.ndarray) -> Drawing:
    try:
        rules = read_rules(settings, "episode")
    except ConfigError:
        return draw_numbers(observation)
    fits = observation.shape[1] == rules.rows * rules.columns and np.isin(observation, (-1, 0, 1)).all()
    return draw_board(rules) if fits else draw_numbers(observation)


def _physics(kind: str) -> Drawing:
    match kind:
        case "cart-pole":
            return draw_cart_pole()
        case "pendulum":
            return draw_pendulum()
        case "mountain-car":
            return draw_mountain_car()
    return draw_acrobot()


def shapes_of(drawing: Drawing, observation: np.ndarray, action: Any) -> tuple[Shape, ...]:
    """Backdrop and frame together."""
    return (*drawing.backdrop, *drawing.frame(observation, action))
