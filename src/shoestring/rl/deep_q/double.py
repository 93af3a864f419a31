"""The network that learns chooses the action, the target network values it."""

from typing import ClassVar, Literal

import numpy as np

from shoestring.core.component import component


@component
class DoubleSelection:
    r""":math:`\arg\max_a Q_\theta(s', a)`, so that one noise does not both choose and value.

    Source: van Hasselt, Guez and Silver 2016, eq. 4.
    """

    kind: Literal["double"] = "double"

    asks_own: ClassVar[bool] = True

    def choose(self, own: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Actions [B] for values [B, n] by the network that learns and by the target network."""
        return own.argmax(axis=1)
