"""Several workers in one process, for studies of accuracy: the arithmetic of a network without the network."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from shoestring.core.errors import ConfigError
from shoestring.distributed.communicator import VirtualGroup
from shoestring.distributed.compressors import Compressor
from shoestring.distributed.reducer import Reducer
from shoestring.distributed.sharing import gradient_shapes, place_gradients
from shoestring.distributed.workers import SharedRun, Workers, averaged_state


class SimulatedWorkers:
    """The interface of :class:`Workers` with all workers here: each hands in its gradient before they are averaged.

    Example::

        for worker in workers.members:
            loss = ...
            loss.backward()
            workers.collect(worker)
        workers.reduce()
    """

    def __init__(self, run: SharedRun, model: nn.Module, compressor: Compressor, count: int) -> None:
        self.index, self.count = 0, count
        self.members: Sequence[int] = range(count)
        self._run = run
        self._weights = {name: one for name, one in model.named_parameters() if one.requires_grad}
        self._group = VirtualGroup(count)
        device = next(model.parameters()).device
        self._reducers = [Reducer(compressor, gradient_shapes(model), one, device) for one in self._group.members]
        self._handed_in: dict[int, dict[str, Tensor | None]] = {}

    def collect(self, worker: int) -> None:
        """Take the gradients of the model as those of ``worker``, and leave none."""
        self._handed_in[worker] = {name: one.grad for name, one in self._weights.items()}
        for one in self._weights.values():
            one.grad = None

    def reduce(self) -> bool:
        """Average what was handed in, and charge the bytes that a network would have carried."""
        before = self._reducers[0].communicator.traffic.sent
        handed_in, self._handed_in = self._handed_in, {}
        averaged = self._group.run(lambda member: self._reducers[member.rank].reduce(handed_in[member.rank]))
        place_gradients(self._weights, averaged[0])
        self._run.spend("bytes", round(self.count * (self._reducers[0].communicator.traffic.sent - before)))
        return bool(averaged[0])

    def conservation_error(self) -> float:
        """See :class:`~shoestring.distributed.conservation.Conservation`."""
        return self._group.run(lambda member: self._reducers[member.rank].conservation.error(member))[0]

    def state_dict(self) -> dict[str, Any]:
        """What every worker holds."""
        return {"members": [reducer.own_state() for reducer in self._reducers]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on exactly; with another number of workers, or from processes, with the mean of what was remembered."""
        members = state["members"] if "members" in state else [state] * self.count
        if len(members) != self.count:
            members = [averaged_state(members)] * self.count
        for reducer, own in zip(self._reducers, members, strict=True):
            reducer.load_state_dict(own)


def gather_workers(
    run: SharedRun, model: nn.Module, compressor: Compressor, simulated: int, *, buckets: int = 1
) -> Workers | SimulatedWorkers:
    """The processes that were launched, in ``buckets``, or ``simulated`` workers in the only process, all at once.

    Raises:
        ConfigError: both, or fewer than one.
    """
    if simulated < 1:
        raise ConfigError(f"workers={simulated}: at least 1")
    real = Workers(run, model, compressor, buckets=buckets)
    if real.count > 1 and simulated > 1:
        raise ConfigError(f"{real.count} processes were launched and workers={simulated} are simulated; choose one")
    return real if simulated == 1 else SimulatedWorkers(run, model, compressor, simulated)
