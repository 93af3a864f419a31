"""Gradients shared by the workers of a training loop: the call between ``backward`` and ``step``."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from shoestring.distributed.communicator import Communicator
from shoestring.distributed.compressors import Compressor
from shoestring.distributed.reducer import Reducer


def gradient_shapes(model: nn.Module) -> dict[str, torch.Size]:
    """Names and shapes of the parameters that are trained, each once, in the order of the model."""
    return {name: weights.shape for name, weights in model.named_parameters() if weights.requires_grad}


def reducer_for(model: nn.Module, compressor: Compressor, communicator: Communicator) -> Reducer:
    """A reducer for all trained parameters of ``model``, on the device of the first."""
    device = next((weights.device for weights in model.parameters()), torch.device("cpu"))
    return Reducer(compressor, gradient_shapes(model), communicator, device)


def reduce_gradients(model: nn.Module, reducer: Reducer) -> bool:
    """Replace every ``.grad`` of ``model`` by its mean over the workers; the whole of it for a loop of one's own.

    False, and no gradients at all, when the mean is not finite: ``optimizer.step()`` then changes nothing.
    """
    weights = {name: one for name, one in model.named_parameters() if one.requires_grad}
    averaged = reducer.reduce({name: one.grad for name, one in weights.items()})
    place_gradients(weights, averaged)
    return bool(averaged)


def place_gradients(weights: Mapping[str, nn.Parameter], averaged: Mapping[str, Tensor]) -> None:
    """Set ``.grad`` by name; a name without a gradient gets None."""
    for name, one in weights.items():
        grad = averaged.get(name)
        if grad is not one.grad:
            one.grad = None if grad is None else grad.to(one.dtype).view_as(one)


def broadcast_model(model: nn.Module, communicator: Communicator) -> None:
    """Give every worker the weights and buffers of worker 0."""
    if communicator.size == 1:
        return
    with torch.no_grad():
        state: dict[str, Any] = model.state_dict()
        for tensor in state.values():
            flat = tensor.detach().reshape(-1).contiguous()
            tensor.copy_(communicator.gather(flat)[0].view_as(tensor))
