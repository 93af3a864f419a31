"""The pendulum: swing it up and hold it there with too little torque."""

from typing import ClassVar, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.batch import Simulation
from shoestring.rl.spaces import Box

GRAVITY, SECONDS, MAX_SPEED, MAX_TORQUE = 10.0, 0.05, 8.0, 2.0


@component
class Pendulum:
    """Gymnasium's ``Pendulum-v1``, step for step. It never terminates; standing still upright costs nothing."""

    kind: Literal["pendulum"] = "pendulum"
    limit: int = 200

    observation_space: ClassVar[Box] = Box((-1.0, -1.0, -MAX_SPEED), (1.0, 1.0, MAX_SPEED))
    action_space: ClassVar[Box] = Box((-MAX_TORQUE,), (MAX_TORQUE,))

    def build(self, size: int, rng: np.random.Generator) -> Simulation:
        """``size`` pendulums."""
        return Simulation(self, size, rng)

    def start(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Angle [rad], 0 upright, within pi; angular speed within 1."""
        return rng.uniform([[-np.pi], [-1.0]], [[np.pi], [1.0]], (2, count))

    def advance(self, state: np.ndarray, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Semi-implicit Euler; ``action`` [B, 1] is the torque, clipped to 2."""
        angle, spin = state
        torque = np.clip(action[:, 0], -MAX_TORQUE, MAX_TORQUE)
        from_upright = (angle + np.pi) % (2 * np.pi) - np.pi
        cost = from_upright**2 + 0.1 * spin**2 + 0.001 * torque**2
        spin = np.clip(spin + (3 * GRAVITY / 2 * np.sin(angle) + 3.0 * torque) * SECONDS, -MAX_SPEED, MAX_SPEED)
        return np.stack([angle + spin * SECONDS, spin]), -cost, np.zeros(len(angle), dtype=bool)

    def observe(self, state: np.ndarray) -> np.ndarray:
        """Cosine and sine of the angle, angular speed."""
        return np.stack([np.cos(state[0]), np.sin(state[0]), state[1]], axis=1).astype(np.float32)
