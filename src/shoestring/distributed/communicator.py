"""Communicators: the only objects that reach other workers. Compressors and memories know no process group."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import torch
from torch import Tensor
from torch import distributed as dist

from shoestring.distributed.traffic import Collective, Message, Traffic

T = TypeVar("T")


class Communicator(Protocol):
    """One worker's access to all workers. Every worker makes the same calls in the same order."""

    rank: int
    size: int
    traffic: Traffic

    def mean_(self, flat: Tensor) -> Tensor:
        """Replace ``flat`` [N] by its mean over the workers: the same bits on each of them."""
        ...

    def gather(self, flat: Tensor) -> list[Tensor]:
        """``flat`` [N] of every worker, in the order of ranks; N must be the same everywhere."""
        ...


class Alone:
    """One worker: nothing is sent."""

    def __init__(self) -> None:
        self.rank, self.size, self.traffic = 0, 1, Traffic()

    def mean_(self, flat: Tensor) -> Tensor:
        """``flat`` itself."""
        return flat

    def gather(self, flat: Tensor) -> list[Tensor]:
        """``flat`` alone."""
        return [flat]


class ProcessGroup:
    """The workers of a ``torch.distributed`` process group; the default group when none is given."""

    def __init__(self, group: dist.ProcessGroup | None = None) -> None:
        self._group = group
        self.rank, self.size, self.traffic = dist.get_rank(group), dist.get_world_size(group), Traffic()

    def mean_(self, flat: Tensor) -> Tensor:
        """Ring all-reduce, divided by the number of workers."""
        began = time.perf_counter()
        if flat.dtype == torch.float16:
            # The sum of many halves can exceed 65,504; their quotients cannot.
            flat.div_(self.size)
        dist.all_reduce(flat, group=self._group)
        if flat.dtype != torch.float16:
            flat.div_(self.size)
        self._count("all-reduce", flat, began)
        return flat

    def gather(self, flat: Tensor) -> list[Tensor]:
        """Ring all-gather."""
        began = time.perf_counter()
        parts = [torch.empty_like(flat) for _ in range(self.size)]
        dist.all_gather(parts, flat.contiguous(), group=self._group)
        self._count("all-gather", flat, began)
        return parts

    def _count(self, collective: Collective, flat: Tensor, began: float) -> None:
        message = Message(collective, flat.numel() * flat.element_size())
        self.traffic.count(message, self.size, time.perf_counter() - began)


class VirtualGroup:
    """Workers that are threads of this process: the same code as over a network, for tests and for studies of accuracy.

    With two workers the sums have the bits of a process group, since a + b = b + a; with more the order of summation,
    and with it the last bits, may differ from those of a ring.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._barrier = threading.Barrier(size)
        self._slots: list[Tensor | None] = [None] * size
        self._result = torch.empty(0)
        self._pool = ThreadPoolExecutor(size)
        self.members: Sequence[VirtualWorker] = [VirtualWorker(self, rank) for rank in range(size)]

    def run(self, work: "Callable[[VirtualWorker], T]") -> list[T]:
        """Do ``work`` for every member at the same time; the first error is raised again."""

        def guarded(member: VirtualWorker) -> T:
            try:
                return work(member)
            except BaseException:
                # Or the others would wait for ever.
                self._barrier.abort()
                raise

        futures = [self._pool.submit(guarded, member) for member in self.members]
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:
            self._barrier.reset()
            raise next((e for e in errors if not isinstance(e, threading.BrokenBarrierError)), errors[0])
        return [future.result() for future in futures]

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def exchange(self, rank: int, flat: Tensor) -> list[Tensor]:
        """What every worker handed in; valid until :meth:`done`."""
        self._slots[rank] = flat
        self._barrier.wait()
        return [slot for slot in self._slots if slot is not None]

    def done(self) -> None:
        """Wait until everybody has read."""
        self._barrier.wait()


class VirtualWorker:
    """A member of a :class:`VirtualGroup`."""

    def __init__(self, group: VirtualGroup, rank: int) -> None:
        self._group, self.rank, self.size, self.traffic = group, rank, group.size, Traffic()

    def mean_(self, flat: Tensor) -> Tensor:
        """Sum in the order of ranks, then divide."""
        parts = self._group.exchange(self.rank, flat)
        half = flat.dtype == torch.float16
        total = parts[0] / self.size if half else parts[0].clone()
        for part in parts[1:]:
            total += part / self.size if half else part
        self._group.done()
        flat.copy_(total if half else total.div_(self.size))
        self._count("all-reduce", flat)
        return flat

    def gather(self, flat: Tensor) -> list[Tensor]:
        """Copies in the order of ranks."""
        parts = [part.clone() for part in self._group.exchange(self.rank, flat)]
        self._group.done()
        self._count("all-gather", flat)
        return parts

    def _count(self, collective: Collective, flat: Tensor) -> None:
        self.traffic.count(Message(collective, flat.numel() * flat.element_size()), self.size, 0.0)
