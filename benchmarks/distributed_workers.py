"""Worker processes of :mod:`benchmarks.distributed`: every method takes its turn on the same link.

ResNet-18 for images of 32 x 32, one thread a worker, and only two images, so that a step is mostly averaging: how many
times faster it gets depends on what else it does. All methods live in the same processes, so that a
round of them, in rotating order, sees the same machine. PyTorch's hook gets one bucket, with which it works on gloo.
"""

import datetime
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import distributed, nn
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import fp16_compress_hook
from torch.distributed.algorithms.ddp_comm_hooks.powerSGD_hook import PowerSGDState, powerSGD_hook
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from shoestring.distributed.buckets import DuringBackward, bucketed_reducer_for
from shoestring.distributed.communicator import ProcessGroup
from shoestring.distributed.compressors import PowerSGD
from shoestring.distributed.launch import end_now
from shoestring.distributed.link import interface_bytes
from shoestring.distributed.reducer import Reducer
from shoestring.distributed.sharing import reduce_gradients, reducer_for
from shoestring.distributed.traffic import Message
from shoestring.distributed.tunnel import INTERFACE, WindTunnel
from shoestring.nn.residual_net import ResidualNet

WARM_UP = 4
"""Rounds without a limit that are not counted; PyTorch's hook compresses from the third step on."""
LIMIT_SECONDS = 360
IMAGES = 2
BUCKETS = 3
BARRIERS = 20


@dataclass(frozen=True)
class Turn:
    """One step of one method, of the worker that was slowest in each respect; bytes are worker 0's."""

    step_ms: float
    compute_ms: float
    """Forward, backward and optimiser; only of ours."""
    codec_ms: float
    """Only of ours."""
    wire: float
    """Bytes on the interface, without those of the barrier before the step."""


@dataclass(frozen=True)
class Phase:
    """All rounds on one link."""

    turns: dict[str, list[Turn]]
    """By method, in the order of the rounds."""
    messages: dict[str, list[Message]]
    """The collectives of a step by shapes; only of ours."""


def measure(
    methods: Sequence[str], workers: int, mbits: Sequence[float | None], rounds: int
) -> dict[float | None, Phase]:
    """Every link of ``mbits`` in turn, with the same processes.

    Raises:
        RuntimeError: a worker failed, or took too long; its last words are in the message.
    """
    with tempfile.TemporaryDirectory() as name, WindTunnel(workers, None) as tunnel:
        place = Path(name)
        command = [sys.executable, "-m", "benchmarks.distributed_workers", name, str(workers), str(rounds)]
        command += [str(len(mbits)), ",".join(methods)]
        with (place / "log").open("wb") as log:
            started = [tunnel.start(rank, [*command, str(rank)], log=log.fileno()) for rank in range(workers)]
        deadline = time.monotonic() + LIMIT_SECONDS
        for number, mbit in enumerate(mbits):
            _wait(place / f"ready{number}", started, deadline, place)
            tunnel.limit(mbit)
            (place / f"go{number}").touch()
        for rank in range(workers):
            _wait(place / f"done{rank}", started, deadline, place)
        found = [json.loads((place / f"{rank}.json").read_text()) for rank in range(workers)]
    return {mbit: _joined(methods, [one["phases"][k] for one in found], found[0]) for k, mbit in enumerate(mbits)}


def _wait(path: Path, started: "Sequence[subprocess.Popen[bytes]]", deadline: float, place: Path) -> None:
    while not path.exists():
        if any(process.poll() for process in started) or time.monotonic() > deadline:
            raise RuntimeError(f"a worker failed or was too slow: {(place / 'log').read_text()[-2000:]}")
        time.sleep(0.02)


def _joined(methods: Sequence[str], ranks: Sequence[dict[str, Any]], first: dict[str, Any]) -> Phase:
    turns = {}
    for method in methods:
        each = zip(*(one[method] for one in ranks), strict=True)
        turns[method] = [Turn(*(max(row[k] for row in rows) for k in range(3)), wire=rows[0][3]) for rows in each]
    messages = {name: [Message(**one) for one in sent] for name, sent in first["messages"].items()}
    return Phase(turns, messages)


class Method:
    """A model of its own, and how its gradients are averaged."""

    def __init__(self, name: str) -> None:
        torch.manual_seed(0)
        self.model = ResidualNet()
        self.trained: nn.Module = self.model
        self.reducer: Reducer | None = None
        self.during: DuringBackward | None = None
        if name.startswith("ours-rank"):
            self.reducer = reducer_for(self.model, PowerSGD(rank=int(name[-1])), ProcessGroup())
        elif name.startswith("overlapped-rank"):
            reducer = bucketed_reducer_for(self.model, PowerSGD(rank=int(name[-1])), ProcessGroup(), BUCKETS)
            self.during = DuringBackward(self.model, reducer)
        else:
            ddp = DistributedDataParallel(self.model, bucket_cap_mb=100, gradient_as_bucket_view=True)
            if name == "fp16-hook":
                ddp.register_comm_hook(None, fp16_compress_hook)
            elif name.startswith("torch-rank"):
                state = PowerSGDState(None, matrix_approximation_rank=int(name[-1]), start_powerSGD_iter=2)
                ddp.register_comm_hook(state, powerSGD_hook)
            self.trained = ddp
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)

    def step(self, images: torch.Tensor, label: torch.Tensor) -> tuple[float, float, float]:
        """Milliseconds of a step, of its computation, and of its codec; the last two only of ours."""
        began = time.perf_counter()
        self.optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(self.trained(images), label).backward()
        reducing = codec = 0.0
        if self.reducer is not None:
            traffic, ready = self.reducer.communicator.traffic, time.perf_counter()
            before = traffic.seconds
            reduce_gradients(self.model, self.reducer)
            reducing = time.perf_counter() - ready
            codec = reducing - (traffic.seconds - before)
        if self.during is not None:
            self.during.finish()
        self.optimizer.step()
        whole = time.perf_counter() - began
        return 1e3 * whole, 1e3 * (whole - reducing), 1e3 * codec


def work(place: Path, workers: int, rounds: int, phases: int, methods: Sequence[str], *, rank: int) -> None:
    """One worker."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    distributed.init_process_group(
        "gloo", init_method=f"file://{place / 'store'}", rank=rank, world_size=workers,
        timeout=datetime.timedelta(seconds=LIMIT_SECONDS),
    )  # fmt: skip
    draw = torch.Generator().manual_seed(rank)
    images, label = torch.randn(IMAGES, 3, 32, 32, generator=draw), torch.randint(10, (IMAGES,), generator=draw)
    made = {name: Method(name) for name in methods}
    for _ in range(WARM_UP):
        for method in made.values():
            method.step(images, label)
    found: list[dict[str, list[tuple[float, ...]]]] = []
    for phase in range(phases):
        distributed.barrier()
        if rank == 0:
            (place / f"ready{phase}").touch()
        while not (place / f"go{phase}").exists():
            time.sleep(0.01)
        distributed.barrier()
        sent = interface_bytes(INTERFACE)
        for _ in range(BARRIERS):
            distributed.barrier()
        barrier = (interface_bytes(INTERFACE) - sent) / BARRIERS
        turns: dict[str, list[tuple[float, ...]]] = {name: [] for name in methods}
        for number in range(rounds):
            first = number % len(methods)
            for name in (*methods[first:], *methods[:first]):
                before = interface_bytes(INTERFACE)
                distributed.barrier()
                times = made[name].step(images, label)
                turns[name].append((*times, interface_bytes(INTERFACE) - before - barrier))
        found.append(turns)
    messages = {n: [asdict(one) for one in m.reducer.messages()] for n, m in made.items() if m.reducer is not None}
    (place / f"{rank}.json").write_text(json.dumps({"phases": found, "messages": messages}))
    (place / f"done{rank}").touch()
    distributed.barrier()


if __name__ == "__main__":
    where, *numbers, names, own = sys.argv[1:]
    work(Path(where), *map(int, numbers), names.split(","), rank=int(own))  # type: ignore[misc]
    end_now(0)
