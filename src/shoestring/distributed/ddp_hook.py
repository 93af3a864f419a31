"""A communication hook for PyTorch's DistributedDataParallel, for any number of buckets and any backend.

PyTorch's own PowerSGD hook works on each bucket by itself: three collectives a bucket, state by the bucket's number,
and on gloo with several buckets it aborts or hangs. Here buckets only deliver: when the last one has come, the whole
model is averaged at once, in two collectives, with state by the parameter's name.
"""

import torch
from torch import Tensor, distributed, nn
from torch.distributed import GradBucket
from torch.futures import Future
from torch.nn.parallel import DistributedDataParallel

from shoestring.distributed.communicator import ProcessGroup
from shoestring.distributed.compressors import Compressor
from shoestring.distributed.reducer import Reducer
from shoestring.distributed.sharing import reducer_for


class HookState:
    """What the hook keeps: the reducer, whose ``state_dict`` belongs into checkpoints, and the buckets of this step."""

    def __init__(self, model: nn.Module, compressor: Compressor, group: distributed.ProcessGroup | None = None) -> None:
        """``model``: the module that DDP wraps, so that names do not depend on the wrapper."""
        self.reducer: Reducer = reducer_for(model, compressor, ProcessGroup(group))
        self._names = {id(weights): name for name, weights in model.named_parameters()}
        self._waiting: list[tuple[GradBucket, Future[Tensor]]] = []
        self.buckets = 0
        """Buckets of the last step."""

    def add(self, bucket: GradBucket) -> Future[Tensor]:
        """Take a bucket; with the last one of a step all of them are averaged and handed back."""
        future: Future[Tensor] = Future()
        self._waiting.append((bucket, future))
        if bucket.is_last():
            waiting, self._waiting = self._waiting, []
            self.buckets = len(waiting)
            self._average([one for one, _ in waiting])
            for one, promised in waiting:
                promised.set_result(one.buffer())
        return future

    def _average(self, buckets: list[GradBucket]) -> None:
        found = {
            self._names[id(weights)]: grad
            for bucket in buckets
            for weights, grad in zip(bucket.parameters(), bucket.gradients(), strict=True)
        }
        averaged = self.reducer.reduce(found)
        for name, grad in found.items():
            result = averaged.get(name)
            if result is None:
                # DDP has no way to skip a step: nothing is applied instead.
                grad.zero_()
            elif result is not grad:
                grad.copy_(result)


def compression_hook(state: HookState, bucket: GradBucket) -> Future[Tensor]:
    """The function that DDP calls for each bucket."""
    return state.add(bucket)


def register_compression(
    wrapped: DistributedDataParallel, compressor: Compressor, group: distributed.ProcessGroup | None = None
) -> HookState:
    """Average the gradients of ``wrapped`` by ``compressor`` from now on; keep the state for checkpoints.

    Example::

        ddp = DistributedDataParallel(model)
        state = register_compression(ddp, PowerSGD(rank=2))
        # checkpoint: state.reducer.state_dict(), on every worker; any number of workers can load it
    """
    state = HookState(wrapped.module, compressor, group)
    wrapped.register_comm_hook(state, compression_hook)
    return state


def synchronised(model: nn.Module) -> bool:
    """Whether all workers hold the same bits of every parameter; a collective call."""
    for weights in model.parameters():
        parts = [torch.empty_like(weights) for _ in range(distributed.get_world_size())]
        distributed.all_gather(parts, weights.detach().contiguous())
        if any(not torch.equal(parts[0], part) for part in parts[1:]):
            return False
    return True
