"""The target network chooses the action and values it."""

from typing import ClassVar, Literal

import numpy as np

from shoestring.core.component import component


@component
class MaxSelection:
    r""":math:`\arg\max_a Q_{\theta^-}(s', a)`: its noise is chosen for being large. Source: Mnih et al. 2015."""

    kind: Literal["max"] = "max"

    asks_own: ClassVar[bool] = False
    """Whether ``own`` is looked at; else it need not be computed."""

    def choose(self, own: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Actions [B] for values [B, n] by the network that learns and by the target network."""
        return target.argmax(axis=1)
