"""The cart-pole: balance a pole by pushing the cart it stands on."""

from typing import ClassVar, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.batch import Simulation
from shoestring.rl.spaces import Box, Discrete

GRAVITY, CART, POLE, HALF_LENGTH, FORCE, SECONDS = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
TOTAL = CART + POLE
EDGE, ANGLE = 2.4, 12 * 2 * np.pi / 360


@component
class CartPole:
    """Barto, Sutton and Anderson 1983; Gymnasium's ``CartPole-v1``, step for step.

    Reward 1 a step; ends when the pole leans by more than 12 degrees or the cart is more than 2.4 m from the middle.
    """

    kind: Literal["cart-pole"] = "cart-pole"
    limit: int = 500

    observation_space: ClassVar[Box] = Box((-4.8, -np.inf, -2 * ANGLE, -np.inf), (4.8, np.inf, 2 * ANGLE, np.inf))
    action_space: ClassVar[Discrete] = Discrete(2)

    def build(self, size: int, rng: np.random.Generator) -> Simulation:
        """``size`` carts."""
        return Simulation(self, size, rng)

    def start(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Position [m], speed, angle [rad], angular speed: all uniform within .05."""
        return rng.uniform(-0.05, 0.05, (4, count))

    def advance(self, state: np.ndarray, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Euler's rule; action 1 pushes to the right."""
        x, speed, angle, spin = state
        cos, sin = np.cos(angle), np.sin(angle)
        pushed = (np.where(action == 1, FORCE, -FORCE) + POLE * HALF_LENGTH * np.square(spin) * sin) / TOTAL
        turning = (GRAVITY * sin - cos * pushed) / (HALF_LENGTH * (4.0 / 3.0 - POLE * np.square(cos) / TOTAL))
        moving = pushed - POLE * HALF_LENGTH * turning * cos / TOTAL
        after = state + SECONDS * np.array([speed, moving, spin, turning])
        ended = (np.abs(after[0]) > EDGE) | (np.abs(after[2]) > ANGLE)
        return after, np.ones(len(x)), ended

    def observe(self, state: np.ndarray) -> np.ndarray:
        """The state itself."""
        return state.T.astype(np.float32)
