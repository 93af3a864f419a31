"""The gradient of a large batch through an encoder that only ever sees a part of it (Gao, Zhang, Han & Callan 2021)."""

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

from shoestring.core.errors import ConfigError


class Rows(Protocol):
    """N items that can be sliced: a tensor, or a list."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: slice, /) -> Any: ...


def backward_in_chunks(
    encode: Callable[[Any], Tensor], items: Rows, loss: Callable[[Tensor], Tensor], chunk: int
) -> Tensor:
    """``loss(encode(items)).backward()`` in the memory of ``chunk`` items; the value of the loss, detached.

    A loss on all vectors needs no activation of the encoder, only its outputs. So everything is encoded without
    gradient first, the loss gives the gradient of each vector, and then each chunk is encoded again and takes its part
    of it. Costs one more forward pass. Gradients add up in ``.grad`` as they do after ``backward``; parameters that
    ``loss`` has itself receive theirs.

    The second pass draws the same random numbers as the first, and afterwards torch's streams (CPU and CUDA) stand
    where one pass and the loss have left them, so dropout is that of encoding chunk by chunk. Layers that look across
    a batch see a chunk: batch normalisation takes its statistics there, and updates its running ones twice.

    Args:
        encode: some of ``items`` -> float [n, D].
        items: the batch, N in all.
        loss: float [N, D] -> scalar, for instance ``lambda z: triplet(z, group)``.
        chunk: items encoded at once, at least 1; the last chunk may be smaller.

    Raises:
        ConfigError: ``chunk`` is below 1, or there are no items.
    """
    if chunk < 1 or not len(items):
        raise ConfigError(f"chunk={chunk} for {len(items)} items: give at least one item, and chunks of at least one")
    parts = [slice(start, start + chunk) for start in range(0, len(items), chunk)]
    states, vectors = [], []
    with torch.no_grad():
        for part in parts:
            states.append(_streams())
            vectors.append(encode(items[part]))
    whole = torch.cat(vectors).requires_grad_()
    value = loss(whole)
    value.backward()
    assert whole.grad is not None
    end = _streams()
    for part, state in zip(parts, states, strict=True):
        _restore(state)
        encode(items[part]).backward(whole.grad[part])
    _restore(end)
    return value.detach()


def _streams() -> tuple[Tensor, list[Tensor]]:
    return torch.get_rng_state(), torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []


def _restore(state: tuple[Tensor, list[Tensor]]) -> None:
    torch.set_rng_state(state[0])
    if state[1]:
        torch.cuda.set_rng_state_all(state[1])
