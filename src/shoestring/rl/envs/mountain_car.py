"""The mountain car: too weak for the hill, it must swing."""

from typing import ClassVar, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.batch import Simulation
from shoestring.rl.spaces import Box, Discrete

FORCE, GRAVITY, LEFT, RIGHT, MAX_SPEED, GOAL = 0.001, 0.0025, -1.2, 0.6, 0.07, 0.5


@component
class MountainCar:
    """Moore 1990; Gymnasium's ``MountainCar-v0``, step for step. Each step costs 1 until the flag at .5 is reached."""

    kind: Literal["mountain-car"] = "mountain-car"
    limit: int = 200

    observation_space: ClassVar[Box] = Box((LEFT, -MAX_SPEED), (RIGHT, MAX_SPEED))
    action_space: ClassVar[Discrete] = Discrete(3)

    def build(self, size: int, rng: np.random.Generator) -> Simulation:
        """``size`` cars."""
        return Simulation(self, size, rng)

    def start(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Position within [-.6, -.4], at rest."""
        return np.stack([rng.uniform(-0.6, -0.4, count), np.zeros(count)])

    def advance(self, state: np.ndarray, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Actions: 0 left, 1 nothing, 2 right; the wall at the left takes all speed."""
        x, speed = state
        speed = np.clip(speed + (action - 1) * FORCE - np.cos(3 * x) * GRAVITY, -MAX_SPEED, MAX_SPEED)
        x = np.clip(x + speed, LEFT, RIGHT)
        speed = np.where((x == LEFT) & (speed < 0), 0.0, speed)
        return np.stack([x, speed]), np.full(len(x), -1.0), (x >= GOAL) & (speed >= 0)

    def observe(self, state: np.ndarray) -> np.ndarray:
        """Position and speed."""
        return state.T.astype(np.float32)
