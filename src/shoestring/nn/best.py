"""The weights of the best moment of a training."""

import math
from typing import Any

from torch import nn


class BestWeights:
    """Keeps a copy of a module's state where a measure was lowest; part of a checkpoint like the module itself."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self.value = math.inf
        """The lowest measure so far."""
        self.step = 0
        """Where it was reached; 0 before the first :meth:`offer`."""
        self._state: dict[str, Any] = self._copy()

    def offer(self, value: float, step: int) -> bool:
        """Keep the module's present state if ``value`` is lower than all before; NaN never is."""
        better = value < self.value
        if better:
            self.value, self.step, self._state = value, step, self._copy()
        return better

    def restore(self) -> None:
        """Put the best state back into the module."""
        self._module.load_state_dict(self._state)

    def state_dict(self) -> dict[str, Any]:
        """Everything, for a checkpoint."""
        return {"value": self.value, "step": self.step, "state": self._state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        self.value, self.step, self._state = state["value"], state["step"], dict(state["state"])

    def _copy(self) -> dict[str, Any]:
        return {name: tensor.detach().clone() for name, tensor in self._module.state_dict().items()}
