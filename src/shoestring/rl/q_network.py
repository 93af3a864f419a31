"""A network of action values, whose parts say what its outputs mean."""

import numpy as np
import torch
from torch import Tensor, nn

from shoestring.rl.deep_q import C51, DuelingStreams, ExpectedValues, Streams, Values
from shoestring.rl.nets import Layers, Views, mlp, numpy_forward
from shoestring.rl.spaces import Box, Discrete


class QNetwork(nn.Module):
    """Q(s, a) of every action: the best of them acts, and its value is that of the state."""

    def __init__(
        self,
        observation: Box,
        action: Discrete,
        generator: torch.Generator,
        *,
        hidden: tuple[int, ...] = (64, 64),
        streams: Streams,
        values: Values,
    ) -> None:
        super().__init__()
        self.hidden, self.streams, self.values = hidden, streams, values
        self.net = mlp((observation.size, *hidden, streams.outputs(action.n, values.width)), generator)
        self._layers = Views(self.net)

    def parts(self, layers: Layers, observation: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """[B, n, K] by NumPy with any weights of this shape, and what the backward pass needs."""
        outputs, seen = numpy_forward(layers, observation)
        return self.streams.combine(outputs, self.values.width), seen

    def q(self, observation: np.ndarray) -> np.ndarray:
        """Q [B, n] of observations [B, O]."""
        return self.values.expectation(self.parts(self._layers(), observation)[0])

    def best(self, observation: np.ndarray) -> np.ndarray:
        """The actions [B] of the largest values."""
        return self.q(observation).argmax(axis=1)

    def value(self, observation: np.ndarray) -> np.ndarray:
        """The largest of the values [B]."""
        return self.q(observation).max(axis=1)

    def forward(self, observation: Tensor) -> Tensor:
        """Q [B, n] by torch, for export and to check :meth:`q` by."""
        parts: Tensor = self.net(observation).reshape(len(observation), -1, self.values.width)
        if isinstance(self.streams, DuelingStreams):
            parts = parts[:, :1] + parts[:, 1:] - parts[:, 1:].mean(dim=1, keepdim=True)
        if isinstance(self.values, ExpectedValues):
            return parts[:, :, 0]
        assert isinstance(self.values, C51)
        return parts.softmax(dim=2) @ torch.from_numpy(self.values.support())
