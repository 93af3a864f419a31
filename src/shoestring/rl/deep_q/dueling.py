"""The value of a state, and what each action adds to it, apart."""

from typing import Literal

import numpy as np

from shoestring.core.component import component


@component
class DuelingStreams:
    r""":math:`Q(s, a) = V(s) + A(s, a) - \frac1n \sum_b A(s, b)`; with K numbers an action, for each of them.

    What is learned about V from one action holds for all of them. The streams part at the last layer: the article gives
    each a hidden layer of its own. Source: Wang et al. 2016, eq. 9.
    """

    kind: Literal["dueling"] = "dueling"

    def outputs(self, actions: int, width: int) -> int:
        """Width of the last layer: V first, then the actions."""
        return (actions + 1) * width

    def combine(self, outputs: np.ndarray, width: int) -> np.ndarray:
        """[B, (1 + n) K] to [B, n, K]."""
        parts = outputs.reshape(len(outputs), -1, width)
        advantage = parts[:, 1:]
        return parts[:, :1] + advantage - advantage.mean(axis=1, keepdims=True)

    def adjoint(self, gradient: np.ndarray) -> np.ndarray:
        """A gradient with respect to [B, n, K] as one with respect to the last layer: the transposed map."""
        of_value = gradient.sum(axis=1, keepdims=True)
        of_advantage = gradient - gradient.mean(axis=1, keepdims=True)
        return np.concatenate([of_value, of_advantage], axis=1).reshape(len(gradient), -1)
