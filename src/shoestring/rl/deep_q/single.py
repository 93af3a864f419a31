"""One number, or one distribution, for each action, straight from the last layer."""

from typing import Literal

import numpy as np

from shoestring.core.component import component


@component
class SingleStream:
    """The last layer as it is."""

    kind: Literal["single"] = "single"

    def outputs(self, actions: int, width: int) -> int:
        """Width of the last layer."""
        return actions * width

    def combine(self, outputs: np.ndarray, width: int) -> np.ndarray:
        """[B, n K] as [B, n, K]."""
        return outputs.reshape(len(outputs), -1, width)

    def adjoint(self, gradient: np.ndarray) -> np.ndarray:
        """A gradient with respect to [B, n, K] as one with respect to the last layer."""
        return gradient.reshape(len(gradient), -1)
