"""Two real processes on gloo: ``python -m tests.distributed.two_processes RANK STORE OUT`` writes JSON."""

import json
import sys
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from shoestring.distributed.communicator import ProcessGroup
from shoestring.distributed.compressors import NoCompression, PowerSGD, SignNorm, TopK
from shoestring.distributed.ddp_hook import register_compression, synchronised
from shoestring.distributed.launch import end_now
from shoestring.distributed.reducer import Reducer
from tests.distributed.workers import SHAPES

COMPRESSORS = (NoCompression(), PowerSGD(rank=2), TopK(rank=1), SignNorm())


def gradients(rank: int, step: int) -> dict[str, torch.Tensor]:
    """What worker ``rank`` has at ``step``."""
    draw = torch.Generator().manual_seed(100 * rank + step)
    return {name: torch.randn(shape, generator=draw) for name, shape in SHAPES.items()}


def digest(tensors: dict[str, torch.Tensor]) -> dict[str, list[float]]:
    """Every number, for a comparison of bits."""
    return {name: tensor.flatten().tolist() for name, tensor in tensors.items()}


def reduced(rank: int) -> dict[str, object]:
    """Three steps of each compressor."""
    found: dict[str, object] = {}
    for compressor in COMPRESSORS:
        reducer = Reducer(compressor, SHAPES, ProcessGroup())
        for step in range(3):
            out = reducer.reduce(gradients(rank, step))
        traffic = reducer.communicator.traffic
        found[compressor.kind] = {"out": digest(out), "payload": traffic.payload, "collectives": traffic.collectives}
    return found


class Forked(nn.Module):
    """A deep model of which one layer is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(24, 24) for _ in range(12))
        self.unused = nn.Linear(24, 24)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return x


def hooked(rank: int) -> dict[str, object]:
    """DDP with buckets of a few kilobytes, and the same training by hand."""
    torch.manual_seed(0)
    model = Forked()
    ddp = DistributedDataParallel(model, bucket_cap_mb=0.003, find_unused_parameters=True)
    state = register_compression(ddp, PowerSGD(rank=2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    draw = torch.Generator().manual_seed(rank)
    losses = []
    for _ in range(12):
        x = torch.randn(32, 24, generator=draw)
        loss = (ddp(x) - x.roll(1, 1)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    saved = state.reducer.state_dict()
    return {
        "losses": losses, "buckets": state.buckets, "synchronised": synchronised(model),
        "collectives": state.reducer.communicator.traffic.collectives, "named": sorted(saved["residual"]),
        "unused": float(model.unused.weight.grad.abs().sum()) if model.unused.weight.grad is not None else 0.0,
    }  # fmt: skip


def main() -> None:
    """Join, compute, write."""
    rank, store, out = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{store}", rank=rank, world_size=2, timeout=timedelta(minutes=3)
    )
    result = {"reduced": reduced(rank), "hooked": hooked(rank)}
    out.write_text(json.dumps(result))
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
    end_now(0)
