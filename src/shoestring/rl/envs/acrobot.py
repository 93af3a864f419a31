"""The acrobot: two links, a motor between them, and a line to swing the tip over."""

from typing import ClassVar, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.batch import Simulation
from shoestring.rl.spaces import Box, Discrete

SECONDS, GRAVITY, CENTRE = 0.2, 9.8, 0.5
MAX_SPIN = (4 * np.pi, 9 * np.pi)


@component
class Acrobot:
    """Sutton 1996 with the equations of the book; Gymnasium's ``Acrobot-v1``, step for step.

    Links of 1 m and 1 kg; each step costs 1 until the tip is one link above the hinge.
    """

    kind: Literal["acrobot"] = "acrobot"
    limit: int = 500

    observation_space: ClassVar[Box] = Box((-1.0,) * 4 + (-MAX_SPIN[0], -MAX_SPIN[1]), (1.0,) * 4 + MAX_SPIN)
    action_space: ClassVar[Discrete] = Discrete(3)

    def build(self, size: int, rng: np.random.Generator) -> Simulation:
        """``size`` acrobots."""
        return Simulation(self, size, rng)

    def start(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Both angles [rad], hanging at 0, and both angular speeds: uniform within .1, in single precision."""
        return rng.uniform(-0.1, 0.1, (4, count)).astype(np.float32).astype(np.float64)

    def advance(self, state: np.ndarray, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One step of Runge and Kutta's fourth order; actions 0, 1, 2 are torques of -1, 0 and 1."""
        torque = action - 1.0
        k1 = derivative(state, torque)
        k2 = derivative(state + SECONDS / 2 * k1, torque)
        k3 = derivative(state + SECONDS / 2 * k2, torque)
        k4 = derivative(state + SECONDS * k3, torque)
        after = state + SECONDS / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)
        for row in (0, 1):
            # Whole turns are taken off one by one, as repeated subtraction rounds.
            while (far := after[row] > np.pi).any():
                after[row][far] -= 2 * np.pi
            while (far := after[row] < -np.pi).any():
                after[row][far] += 2 * np.pi
            after[2 + row] = np.clip(after[2 + row], -MAX_SPIN[row], MAX_SPIN[row])
        ended = -np.cos(after[0]) - np.cos(after[1] + after[0]) > 1.0
        return after, np.where(ended, 0.0, -1.0), ended

    def observe(self, state: np.ndarray) -> np.ndarray:
        """Cosine and sine of both angles, both angular speeds."""
        first, second = state[0], state[1]
        parts = [np.cos(first), np.sin(first), np.cos(second), np.sin(second), state[2], state[3]]
        return np.stack(parts, axis=1).astype(np.float32)


def derivative(state: np.ndarray, torque: np.ndarray) -> np.ndarray:
    """Time derivative [4, B] of the state [4, B]; moments of inertia are 1."""
    first, second, spin1, spin2 = state
    cos, sin = np.cos(second), np.sin(second)
    d1 = CENTRE**2 + (1 + CENTRE**2 + 2 * CENTRE * cos) + 2
    d2 = CENTRE**2 + CENTRE * cos + 1
    phi2 = CENTRE * GRAVITY * np.cos(first + second - np.pi / 2)
    phi1 = -CENTRE * spin2**2 * sin - 2 * CENTRE * spin2 * spin1 * sin
    phi1 = phi1 + (CENTRE + 1) * GRAVITY * np.cos(first - np.pi / 2) + phi2
    turn2 = (torque + d2 / d1 * phi1 - CENTRE * spin1**2 * sin - phi2) / (CENTRE**2 + 1 - d2**2 / d1)
    turn1 = -(d2 * turn2 + phi1) / d1
    return np.stack([spin1, spin2, turn1, turn2])
