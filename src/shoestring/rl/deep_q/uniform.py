"""Every transition is as likely as any other."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component


@component
class Uniform:
    """Mnih et al. 2015."""

    kind: Literal["uniform"] = "uniform"

    def build(self, capacity: int) -> "UniformSampler":
        """For a memory of ``capacity`` rows."""
        return UniformSampler()


class UniformSampler:
    """See :class:`Uniform`."""

    def added(self, index: np.ndarray) -> None:
        """Rows were written."""

    def draw(self, count: int, filled: int, rng: np.random.Generator, progress: float) -> tuple[np.ndarray, np.ndarray]:
        """``count`` of the first ``filled`` rows, with their weights, which are 1."""
        return rng.integers(filled, size=count), np.ones(count, dtype=np.float32)

    def learned(self, index: np.ndarray, wrong: np.ndarray) -> None:
        """How wrong the rows were."""

    def state_dict(self) -> dict[str, Any]:
        """Nothing is remembered."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing is remembered."""
