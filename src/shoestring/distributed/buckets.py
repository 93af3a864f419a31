"""Parts of a model that are averaged one after the other, each as soon as backward has computed its gradients.

What is sent does not depend on when: a :class:`BucketedReducer` alone, after backward, and one with
:class:`DuringBackward` give the same bits. Against one reducer for everything they pay two collectives a bucket, and
they win what the link would otherwise have waited for.
"""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from shoestring.core.errors import ConfigError
from shoestring.distributed.communicator import Communicator
from shoestring.distributed.compressors import Compressor
from shoestring.distributed.reducer import VOTES, Reducer
from shoestring.distributed.sharing import gradient_shapes, place_gradients
from shoestring.distributed.traffic import Message


def cut_shapes(shapes: Mapping[str, Sequence[int]], buckets: int) -> list[dict[str, Sequence[int]]]:
    """``shapes`` from the last to the first, which is the order of backward, in at most ``buckets`` parts.

    A part ends where it holds its share of all numbers.
    """
    total = sum(math.prod(shape) for shape in shapes.values())
    parts: list[dict[str, Sequence[int]]] = [{}]
    seen = 0
    for name, shape in reversed(shapes.items()):
        if parts[-1] and seen * buckets >= total * len(parts):
            parts.append({})
        parts[-1][name] = shape
        seen += math.prod(shape)
    return parts


class BucketedReducer:
    """As :class:`~shoestring.distributed.reducer.Reducer`, with a reducer for each of several parts of the model.

    Its state is that of one reducer, by parameter name: a run may go on with another number of buckets.
    """

    def __init__(
        self,
        compressor: Compressor,
        shapes: Mapping[str, Sequence[int]],
        communicator: Communicator,
        device: torch.device | str = "cpu",
        *,
        buckets: int,
    ) -> None:
        """``shapes`` as for one reducer. Raises ConfigError for fewer than one bucket."""
        if buckets < 1:
            raise ConfigError(f"buckets={buckets}: at least 1")
        self.compressor, self.communicator = compressor, communicator
        self.parts = [Reducer(compressor, part, communicator, device) for part in cut_shapes(shapes, buckets)]
        self.names = [list(part) for part in cut_shapes(shapes, buckets)]
        self.votes = [0.0] * VOTES
        """As :attr:`Reducer.votes`; they travel with the last bucket."""

    def reduce(self, grads: Mapping[str, Tensor | None]) -> dict[str, Tensor]:
        """As :meth:`Reducer.reduce`, bucket after bucket."""
        return self.agree([self.reduce_part(k, grads) for k in range(len(self.parts))])

    def reduce_part(self, index: int, grads: Mapping[str, Tensor | None]) -> dict[str, Tensor]:
        """Average one bucket. Every worker takes the buckets in the same order."""
        if index == len(self.parts) - 1:
            self.parts[index].votes = self.votes
        return self.parts[index].reduce({name: grads.get(name) for name in self.names[index]})

    def agree(self, averaged: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
        """All buckets together; nothing, on every worker, when one of them was not finite."""
        self.votes = self.parts[-1].votes
        if self.communicator.size > 1 and not all(averaged):
            for part, found in zip(self.parts, averaged, strict=True):
                if found:
                    part.take_back(found)
            return {}
        return {name: grad for found in averaged for name, grad in found.items()}

    def messages(self, step: int | None = None) -> list[Message]:
        """As :meth:`Reducer.messages`."""
        return [message for part in self.parts for message in part.messages(step)]

    def conservation_error(self) -> float:
        """The largest of the buckets. A collective call."""
        return max(part.conservation_error() for part in self.parts)

    def remembered(self) -> float:
        """As :meth:`Reducer.remembered`."""
        return math.hypot(*(part.remembered() for part in self.parts))

    def state_dict(self) -> dict[str, Any]:
        """As :meth:`Reducer.state_dict`. A collective call."""
        states = [part.state_dict() for part in self.parts]
        codec: dict[str, Any] = {}
        for state in states:
            for key, by_name in state["codec"].items():
                codec.setdefault(key, {}).update(by_name)
        residual = {name: tensor for state in states for name, tensor in state["residual"].items()}
        return {"step": states[0]["step"], "codec": codec, "residual": residual}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """As :meth:`Reducer.load_state_dict`: every part takes what it knows by name."""
        for part in self.parts:
            part.load_state_dict(state)


def bucketed_reducer_for(
    model: nn.Module, compressor: Compressor, communicator: Communicator, buckets: int
) -> BucketedReducer:
    """A reducer in ``buckets`` for all trained parameters of ``model``, on the device of the first."""
    device = next((weights.device for weights in model.parameters()), torch.device("cpu"))
    return BucketedReducer(compressor, gradient_shapes(model), communicator, device, buckets=buckets)


class DuringBackward:
    """Averages each bucket in a thread of its own while backward goes on with the layers before it.

    For loops that call ``backward`` once a step and change no gradient before they are averaged.

    Example::

        shared = DuringBackward(model, bucketed_reducer_for(model, PowerSGD(rank=2), ProcessGroup(), buckets=4))
        loss.backward()
        shared.finish()
        optimizer.step()
    """

    def __init__(self, model: nn.Module, reducer: BucketedReducer) -> None:
        """Put a hook on every trained parameter of ``model``."""
        self.reducer = reducer
        self.active = reducer.communicator.size > 1
        """Without it everything is averaged in :meth:`finish`, to the same bits."""
        self._weights = {name: one for name, one in model.named_parameters() if one.requires_grad}
        self._bucket = {name: k for k, names in enumerate(reducer.names) for name in names}
        self._pool = ThreadPoolExecutor(1)
        self._begin()
        for name, one in self._weights.items():
            one.register_post_accumulate_grad_hook(partial(self._arrived, name))

    def finish(self) -> bool:
        """Average what is left, and set every ``.grad``; False, and no gradients, when they are not finite.

        The last bucket is always left: votes travel with it, which a loop knows after backward only.
        """
        started = [future.result() for future in self._started]
        grads = {name: one.grad for name, one in self._weights.items()}
        left = range(len(started), len(self.reducer.parts))
        averaged = self.reducer.agree([*started, *(self.reducer.reduce_part(k, grads) for k in left)])
        self._begin()
        place_gradients(self._weights, averaged)
        return bool(averaged)

    def _begin(self) -> None:
        self._missing = [set(names) for names in self.reducer.names]
        self._started: list[Future[dict[str, Tensor]]] = []

    def _arrived(self, name: str, weights: Tensor) -> None:
        if not self.active:
            return
        missing = self._missing[self._bucket[name]]
        if name not in missing:
            raise ConfigError(
                f"{name} got a second gradient within a step: use buckets=1 where backward runs in pieces"
            )
        missing.remove(name)
        # Always in the same order, or the workers would average different buckets with one another.
        while len(self._started) < len(self._missing) - 1 and not self._missing[len(self._started)]:
            index = len(self._started)
            grads = {one: self._weights[one].grad for one in self.reducer.names[index]}
            self._started.append(self._pool.submit(self.reducer.reduce_part, index, grads))
