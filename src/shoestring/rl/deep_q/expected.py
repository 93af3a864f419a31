"""An action is worth one number: its expected return."""

from typing import ClassVar, Literal

import numpy as np

from shoestring.core.component import component


@component
class ExpectedValues:
    """Huber's loss of the error, quadratic within 1: the clipping of Mnih et al. 2015."""

    kind: Literal["expected"] = "expected"

    width: ClassVar[int] = 1

    def expectation(self, values: np.ndarray) -> np.ndarray:
        """[B, n, 1] as [B, n]."""
        return values[:, :, 0]

    def target(self, values: np.ndarray, reward: np.ndarray, discount: np.ndarray) -> np.ndarray:
        r""":math:`r + \gamma Q(s', a')` [B, 1], of values [B, 1] and rewards and discounts [B]."""
        return reward[:, None] + discount[:, None] * values

    def gradient(self, predicted: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The derivative of each row's loss [B, 1], and how wrong each row is: the absolute error [B]."""
        error = predicted - target
        return np.clip(error, -1.0, 1.0), np.abs(error[:, 0])
