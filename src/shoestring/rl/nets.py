"""Small networks: torch owns the weights and learns; NumPy acts with the same memory, twenty times a call cheaper.

``FlatParameters`` makes all weights views of one vector, so that optimiser, gradient norm and trust-region steps are
single operations. ``numpy_forward`` and ``numpy_backward`` are the closed forms of what autograd computes.
"""

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

Layers = list[tuple[np.ndarray, np.ndarray]]
"""``(weight [out, in], bias [out])`` of each linear layer; tanh stands between them."""


def mlp(
    sizes: Sequence[int], generator: torch.Generator, *, gain: float = 2**0.5, last_gain: float = 1.0
) -> nn.Sequential:
    """Linear layers of ``sizes`` with tanh between them: orthogonal weights scaled by the gains, biases zero."""
    layers: list[nn.Module] = []
    for index, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        linear = nn.Linear(inputs, outputs)
        last = index == len(sizes) - 2
        with torch.no_grad():
            nn.init.orthogonal_(linear.weight, last_gain if last else gain, generator=generator)
            linear.bias.zero_()
        layers.extend([linear] if last else [linear, nn.Tanh()])
    return nn.Sequential(*layers)


class FlatParameters:
    """All parameters of some modules in one vector ``flat`` with its gradient; the modules work on views of it."""

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        self._parameters = [parameter for module in modules for parameter in module.parameters()]
        self.flat = nn.Parameter(torch.cat([parameter.detach().reshape(-1) for parameter in self._parameters]))
        self.flat.grad = torch.zeros_like(self.flat)
        offset = 0
        for parameter in self._parameters:
            part = slice(offset, offset + parameter.numel())
            parameter.data = self.flat.data[part].view(parameter.shape)
            parameter.grad = self.flat.grad[part].view(parameter.shape)
            offset = part.stop

    def zero_grad(self) -> None:
        """Set all gradients to zero, in place: autograd then adds into the vector."""
        assert self.flat.grad is not None
        self.flat.grad.zero_()


def layers_of(module: nn.Sequential) -> Layers:
    """The linear layers of ``module`` as NumPy arrays that share its memory: they follow the training."""
    linear = [layer for layer in module if isinstance(layer, nn.Linear)]
    return [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear]


class Views:
    """:func:`layers_of` a network, made anew only when its weights moved to other memory: acting needs it often."""

    def __init__(self, module: nn.Sequential) -> None:
        self._module, self._first = module, next(module.parameters())
        self._place = 0
        self._layers: Layers = []

    def __call__(self) -> Layers:
        # All weights move together: into one vector, or to another device.
        if self._first.data_ptr() != self._place:
            self._layers, self._place = layers_of(self._module), self._first.data_ptr()
        return self._layers


def gradients_of(module: nn.Sequential) -> Layers:
    """The gradients of the linear layers, sharing memory; they must exist, as under :class:`FlatParameters`."""
    linear = [layer for layer in module if isinstance(layer, nn.Linear)]
    found: Layers = []
    for layer in linear:
        assert layer.weight.grad is not None and layer.bias.grad is not None
        found.append((layer.weight.grad.numpy(), layer.bias.grad.numpy()))
    return found


def numpy_forward(layers: Layers, inputs: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Outputs [B, out] for ``inputs`` [B, in], and the input of every layer, for :func:`numpy_backward`."""
    seen = []
    x = inputs
    for index, (weight, bias) in enumerate(layers):
        seen.append(x)
        x = x @ weight.T
        x += bias
        if index < len(layers) - 1:
            np.tanh(x, out=x)
    return x, seen


def numpy_backward(layers: Layers, seen: list[np.ndarray], outgoing: np.ndarray, into: Layers) -> None:
    """Write into ``into`` the gradients of a scalar whose gradient at the outputs is ``outgoing`` [B, out]."""
    for index in range(len(layers) - 1, -1, -1):
        weight_gradient, bias_gradient = into[index]
        np.matmul(outgoing.T, seen[index], out=weight_gradient)
        outgoing.sum(axis=0, out=bias_gradient)
        if index:
            outgoing = outgoing @ layers[index][0]
            outgoing *= 1 - np.square(seen[index])


def flat_gradient(value: Tensor, parameters: Sequence[nn.Parameter], *, keep: bool = False) -> Tensor:
    """The gradient of a scalar as one vector; ``keep`` makes it differentiable again."""
    parts = torch.autograd.grad(value, parameters, create_graph=keep, retain_graph=keep or None)
    return torch.cat([part.reshape(-1) for part in parts])


def as_layers(vector: np.ndarray, like: Layers) -> Layers:
    """A vector with one number for each parameter, seen as layers: views, in the order of ``module.parameters()``."""
    found: Layers = []
    offset = 0
    for weight, bias in like:
        middle, end = offset + weight.size, offset + weight.size + bias.size
        found.append((vector[offset:middle].reshape(weight.shape), vector[middle:end]))
        offset = end
    return found


def numpy_tangent(layers: Layers, seen: list[np.ndarray], direction: Layers) -> np.ndarray:
    """The derivative [B, out] of the outputs when the parameters move along ``direction`` (the R-operator)."""
    moved: np.ndarray | None = None
    for index, ((weight, _), (weight_moved, bias_moved)) in enumerate(zip(layers, direction, strict=True)):
        out = seen[index] @ weight_moved.T + bias_moved
        if moved is not None:
            out += moved @ weight.T
        moved = out * (1 - np.square(seen[index + 1])) if index < len(layers) - 1 else out
    assert moved is not None
    return moved


def numpy_jacobian(layers: Layers, seen: list[np.ndarray]) -> np.ndarray:
    """The gradient of the single output for every row: [B, P], in the order of ``module.parameters()``."""
    outgoing = np.ones((len(seen[0]), 1), dtype=np.float32)
    blocks: list[np.ndarray] = []
    for index in range(len(layers) - 1, -1, -1):
        weight, _ = layers[index]
        blocks[:0] = [(outgoing[:, :, None] * seen[index][:, None, :]).reshape(len(outgoing), -1), outgoing]
        if index:
            outgoing = (outgoing @ weight) * (1 - np.square(seen[index]))
    return np.concatenate(blocks, axis=1)
