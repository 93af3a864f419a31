"""Adam on one flat vector by NumPy: on small networks an optimiser step of torch costs as much as the gradient."""

from typing import Any

import numpy as np


class FlatAdam:
    """Kingma and Ba 2015, algorithm 1, moving ``flat`` (float32 [P]) in place."""

    def __init__(
        self, flat: np.ndarray, learning_rate: float, betas: tuple[float, float] = (0.9, 0.999), epsilon: float = 1e-8
    ) -> None:
        self.learning_rate = learning_rate
        self._flat, self._betas, self._epsilon = flat, betas, np.float32(epsilon)
        self._mean, self._square, self._steps = np.zeros_like(flat), np.zeros_like(flat), 0

    def step(self, gradient: np.ndarray) -> None:
        """Descend along ``gradient`` [P]."""
        self._steps += 1
        first, second = self._betas
        self._mean *= first
        self._mean += (1 - first) * gradient
        self._square *= second
        self._square += (1 - second) * np.square(gradient)
        spread = np.sqrt(self._square)
        spread *= (1 - second**self._steps) ** -0.5
        spread += self._epsilon
        self._flat -= (self.learning_rate / (1 - first**self._steps)) * (self._mean / spread)

    def state_dict(self) -> dict[str, Any]:
        """Both moments and the count of steps; the learning rate belongs to the agent's schedule."""
        return {"mean": self._mean.copy(), "square": self._square.copy(), "steps": self._steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._mean[:], self._square[:], self._steps = state["mean"], state["square"], int(state["steps"])


def shorten(gradient: np.ndarray, longest: float) -> float:
    """Scale ``gradient`` [P] in place to a norm of at most ``longest``; returns the norm that it had."""
    norm = float(np.sqrt(gradient @ gradient))
    if norm > longest:
        gradient *= longest / (norm + 1e-6)
    return norm
