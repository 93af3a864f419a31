"""A worker on a link of the wind tunnel: ``python -m tests.distributed.linked_worker RANK PLACE`` trains 60 steps."""

import hashlib
import sys
import time
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed as dist

from shoestring.distributed.communicator import ProcessGroup
from shoestring.distributed.compressors import PowerSGD
from shoestring.distributed.launch import end_now
from shoestring.distributed.reducer import Reducer
from tests.distributed.two_processes import gradients
from tests.distributed.workers import SHAPES

STEPS = 60


def main() -> None:
    """Average, say when it began, and write the digest of all that was applied."""
    rank, place = int(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{place / 'store'}", rank=rank, world_size=2, timeout=timedelta(minutes=3)
    )
    reducer = Reducer(PowerSGD(rank=2), SHAPES, ProcessGroup())
    digest = hashlib.sha256()
    for step in range(STEPS):
        for tensor in reducer.reduce(gradients(rank, step)).values():
            digest.update(tensor.numpy().tobytes())
        (place / f"step{rank}").write_text(str(step))
        time.sleep(0.05)
    (place / f"digest{rank}").write_text(digest.hexdigest())
    dist.barrier()


if __name__ == "__main__":
    main()
    end_now(0)
