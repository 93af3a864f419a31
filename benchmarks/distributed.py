"""Gradient averaging beside PyTorch's, on real links: ``python -m benchmarks.distributed [--quick] [--json]``.

2 and 4 workers in network namespaces with a token bucket of 100 or 1,000 Mbit/s; needs root, Linux, ip and tc (without
them only the codec is measured). Ratios are taken round by round, peer over ours; intervals of their medians follow
from order statistics. Writes ``benchmarks/results/distributed.json`` unless ``--quick``.
"""

import math
import os
import statistics
import sys
import tempfile
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, distributed, nn
from torch.distributed.algorithms.ddp_comm_hooks.powerSGD_hook import PowerSGDState, powerSGD_hook

from benchmarks.distributed_workers import Phase, Turn, measure
from benchmarks.document import Row, arguments, publish
from shoestring.distributed.communicator import Alone
from shoestring.distributed.compressors import PowerSGD
from shoestring.distributed.link import Link, StepCost, step_ms, wire_bytes
from shoestring.distributed.reducer import Reducer
from shoestring.distributed.sharing import gradient_shapes
from shoestring.distributed.traffic import Message, sent_bytes
from shoestring.distributed.tunnel import unavailable
from shoestring.nn.residual_net import ResidualNet

RANKS = (1, 2, 4)
WARM_UP = 3
SHARED_CORES = "where workers share cores they wait for one another, which no prediction knows"
MEMORY_BANDWIDTH = 21e9
"""Bytes a second of one core here."""


class Pretended(Alone):
    """Two workers of which the other always agrees: what is left is the codec."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 2


class Bucket:
    """What PyTorch's hook asks of a bucket."""

    def __init__(self, model: nn.Module) -> None:
        shapes = gradient_shapes(model).values()
        self._flat = torch.zeros(sum(shape.numel() for shape in shapes))
        parts = self._flat.split([shape.numel() for shape in shapes])
        self._views = [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]

    def buffer(self) -> Tensor:
        return self._flat

    def gradients(self) -> list[Tensor]:
        return self._views

    def index(self) -> int:
        return 0

    def is_last(self) -> bool:
        return True


def codec_row(rank: int, repeats: int) -> Row:
    """Processor milliseconds of one averaging without a network, in turn."""
    model = ResidualNet()
    bucket = Bucket(model)
    fresh = torch.randn(bucket.buffer().shape, generator=torch.Generator().manual_seed(0))
    state = PowerSGDState(None, matrix_approximation_rank=rank, start_powerSGD_iter=2)
    reducer = Reducer(PowerSGD(rank=rank), gradient_shapes(model), Pretended())
    grads = dict(zip(gradient_shapes(model), bucket.gradients(), strict=True))

    def timed(call: Callable[[], object]) -> float:
        bucket.buffer().copy_(fresh)
        began = time.process_time()
        call()
        return 1e3 * (time.process_time() - began)

    pairs = []
    for _ in range(repeats + WARM_UP):
        theirs = timed(lambda: powerSGD_hook(state, bucket).wait())  # type: ignore[arg-type]
        pairs.append((timed(lambda: reducer.reduce(grads)), theirs))
    ours, theirs = zip(*pairs[WARM_UP:], strict=True)
    # Six reads or writes of every number are the least: add, two products, residual, update.
    limit = 1e3 * 6 * 4 * fresh.numel() / MEMORY_BANDWIDTH
    return row(f"codec-cpu-rank{rank}", "torch-powersgd-hook", ours, theirs, "ms", limit=limit)


def link_rows(workers: int, mbits: Sequence[float], rounds: int, ranks: Sequence[int]) -> list[Row]:
    """Step times of every method on each link, bytes beside their prediction, and the predictor beside the clock."""
    methods = ["ddp-allreduce", "fp16-hook", *(f"torch-rank{rank}" for rank in ranks)]
    methods += [*(f"ours-rank{rank}" for rank in ranks), "overlapped-rank1"]
    phases = measure(methods, workers, [None, *mbits], rounds)
    rows = []
    for mbit in mbits:
        where = f"{mbit:g}mbit" + ("" if workers == 2 else f"-{workers}workers")
        for rank in ranks:
            rows += _rank_rows(phases[None], phases[mbit], workers, Link(mbit), (where, rank))
        late, early = (
            [turn.step_ms for turn in phases[mbit].turns[f"{kind}-rank1"]] for kind in ("ours", "overlapped")
        )
        rows.append(row(f"step-time-{where}-rank1-overlapped", "ours-rank1", early, late, "ms"))
        for name, turns in phases[mbit].turns.items():
            middle = statistics.median(turn.step_ms for turn in turns)
            print(f"  {workers} workers, {mbit:g} Mbit/s, {name}: {middle:.0f} ms a step", file=sys.stderr)
    return rows


def _rank_rows(free: Phase, limited: Phase, workers: int, link: Link, place: tuple[str, int]) -> list[Row]:
    where, rank = place
    ours = f"ours-rank{rank}"
    messages = limited.messages[ours]
    times = [turn.step_ms for turn in limited.turns[ours]]
    rows = []
    for peer in ("ddp-allreduce", "fp16-hook", f"torch-rank{rank}"):
        label = "torch-powersgd-hook" if peer.startswith("torch-rank") else peer
        theirs = [turn.step_ms for turn in limited.turns[peer]]
        limit = 8 * sum(sent_bytes(one, workers) for one in messages) / (link.mbit * 1e3)
        rows.append(row(f"step-time-{where}-rank{rank}", label, times, theirs, "ms", limit=limit))
    sent = sum(sent_bytes(one, workers) for one in messages)
    wire = [turn.wire for turn in limited.turns[ours]]
    rows.append(
        row(
            f"wire-bytes-{where}-rank{rank}",
            "prediction",
            wire,
            [wire_bytes(messages, workers, link.mbit)] * len(wire),
            "bytes",
            limit=sent,
        )
    )
    predicted = [step_ms(_cost(turn, messages), workers, link) for turn in free.turns[ours]]
    middle = [statistics.median(predicted)] * len(times)
    rows.append(row(f"predicted-step-{where}-rank{rank}", "clock", middle, times, "ms"))
    return rows


def _cost(turn: Turn, messages: Sequence[Message]) -> StepCost:
    return StepCost(turn.compute_ms, turn.codec_ms, messages)


def row(
    name: str, peer: str, ours: Sequence[float], theirs: Sequence[float], unit: str, *, limit: float | None = None
) -> Row:
    """Medians, and the median of the paired ratios with its interval."""
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    low, high = median_interval(ratios)
    return {
        "name": name, "peer": peer, "ratio": statistics.median(ratios), "low": low, "high": high,
        "ours": statistics.median(ours), "theirs": statistics.median(theirs), "unit": unit, "limit": limit,
        "rounds": len(ratios),
    }  # fmt: skip


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """At least 95 % for the median of any distribution: the k-th smallest and largest; all values below six of them."""
    ordered, n = sorted(values), len(values)
    left_out = 0
    # The interval without k values at each end misses the median with probability 2 P(Binomial(n, 1/2) <= k).
    while 2 * sum(math.comb(n, k) for k in range(left_out + 2)) / 2**n <= 0.05:
        left_out += 1
    return ordered[left_out], ordered[-1 - left_out]


def run(options: Namespace) -> list[Row]:
    """All rows."""
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        distributed.init_process_group("gloo", init_method=f"file://{place}/store", rank=0, world_size=1)
        rows = [codec_row(rank, 6 if options.quick else 40) for rank in RANKS]
        distributed.destroy_process_group()
    problem = unavailable()
    if problem:
        print(problem, file=sys.stderr)
        return rows
    if options.quick:
        return [*rows, *link_rows(2, [100], 3, (1,))]
    for workers, rounds in ((workers, 9 if workers == 2 else 7) for workers in options.workers):
        try:
            rows += link_rows(workers, [100, 1000], rounds, RANKS)
        except RuntimeError as error:
            print(error, file=sys.stderr)
    return rows


def main() -> None:
    """Run all rows and print them."""
    warnings.simplefilter("ignore")
    parser = arguments(__doc__)
    parser.add_argument("--workers", type=int, nargs="*", default=[2, 4], help="numbers of workers; 2 and 4 by default")
    options = parser.parse_args()
    crowded = [workers for workers in options.workers if workers > (os.cpu_count() or 1)]
    publish("distributed", run(options), options, clock="wall time of steps, processor time of codecs",
            torch=torch.__version__, model="ResNet-18, 11,173,962 weights, 2 images a worker",
            note=SHARED_CORES if crowded else "a core for every worker")  # fmt: skip


if __name__ == "__main__":
    main()
