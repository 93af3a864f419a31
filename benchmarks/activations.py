"""What an activation costs, beside torch.compile and beside memory: ``python -m benchmarks.activations [--quick]``.

Each elementwise function of the catalogue runs forward, and forward with backward, on float32 with one thread: as
torch ships it, and compiled. ``ours`` is eager torch, which is what the gallery shows, since it ships no kernels of
its own; ``theirs`` is torch.compile; a ``ratio`` above 1 means that eager is faster. ``limit`` is the time to move
the same bytes: one read and one write forward, and for the backward pass another read of what was kept, a read of the
incoming gradient and a write. Values and gradients of both are asserted to agree before a time is reported. Writes
``benchmarks/results/activations.json`` unless ``--quick``. torch.compile needs a C++ compiler.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.document import Row, arguments, publish
from shoestring.activations.cost import saved_bytes
from shoestring.activations.specs import ELEMENTWISE, default
from shoestring.activations.torch_modules import build

Work = Callable[[Tensor], Tensor]


def module_of(name: str) -> nn.Module:
    """The module of torch in single precision; RReLU draws its slopes as it does in training."""
    spec = next(default(entry) for entry in ELEMENTWISE if entry.name == name)
    module = build(spec.entry, spec.values).float()
    return module.train() if name == "rrelu" else module


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call: one thread, and the machine may be shared."""
    start = time.process_time()
    work()
    return time.process_time() - start


def paired(first: Callable[[], object], second: Callable[[], object], repeats: int) -> list[tuple[float, float]]:
    """Both in turn, after two calls each that pay for compilation and for pages that were never touched."""
    for work in (first, second, first, second):
        work()
    return [(seconds(first), seconds(second)) for _ in range(repeats)]


def copying(elements: int, repeats: int) -> float:
    """Nanoseconds to read one float32 and write one, the median of ``repeats``."""
    source, target = torch.ones(elements), torch.empty(elements)
    target.copy_(source)
    return statistics.median(seconds(lambda: target.copy_(source)) for _ in range(repeats)) * 1e9 / elements


def forward(work: Work, x: Tensor) -> Callable[[], object]:
    """A call without a graph."""

    def run() -> object:
        with torch.no_grad():
            return work(x)

    return run


def both(work: Work, x: Tensor, grad: Tensor) -> Callable[[], object]:
    """A call and its backward pass."""
    return lambda: torch.autograd.grad(work(x), x, grad)


def agree(eager: Work, compiled: Work, x: Tensor, grad: Tensor) -> None:
    """Both give the same values and gradients, up to the rounding of fused single precision."""
    for work in (eager, compiled):
        assert work(x).shape == x.shape
    torch.testing.assert_close(compiled(x), eager(x), rtol=2e-4, atol=2e-5)
    ours, theirs = (torch.autograd.grad(work(x), x, grad)[0] for work in (eager, compiled))
    torch.testing.assert_close(theirs, ours, rtol=2e-4, atol=2e-5)


def rows(name: str, elements: int, repeats: int, copy: float) -> list[Row]:
    """Forward alone, and forward with backward."""
    eager = module_of(name)
    torch.compiler.reset()
    compiled = torch.compile(module_of(name), dynamic=False)
    x = torch.randn(elements, generator=torch.Generator().manual_seed(0)).requires_grad_()
    grad = torch.ones(elements)
    # Random slopes cannot agree, and torch draws them in another order when it fuses.
    if name != "rrelu":
        agree(eager, compiled, x, grad)
    kept = saved_bytes(eager)
    made = []
    for kind, first, second, limit in (
        ("forward", forward(eager, x), forward(compiled, x), copy),
        ("forward and backward", both(eager, x, grad), both(compiled, x, grad), copy * (1 + 1.5)),
    ):
        pairs = paired(first, second, repeats)
        ratios = [theirs / ours for ours, theirs in pairs]
        ours, theirs = (statistics.median(side) * 1e9 / elements for side in zip(*pairs, strict=True))
        made.append({
            "name": f"{name}, {kind}", "peer": "torch.compile", "ratio": statistics.median(ratios), "low": min(ratios),
            "high": max(ratios), "ours": ours, "theirs": theirs, "unit": "ns/element", "limit": limit,
            "bytes_kept": kept,
        })  # fmt: skip
    return made


def main() -> None:
    """Run all rows and print them."""
    parser = arguments(__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="names of activations; all by default")
    options = parser.parse_args()
    torch.set_num_threads(1)
    elements, repeats = (2**16, 5) if options.quick else (2**22, 15)
    chosen = options.only or [entry.name for entry in ELEMENTWISE]
    chosen = chosen[:: max(1, len(chosen) // 4)] if options.quick and not options.only else chosen
    copy = copying(elements, 4 * repeats)
    found: list[dict[str, Any]] = [row for name in chosen for row in rows(name, elements, repeats, copy)]
    publish("activations", found, options, clock="processor time of one thread",
            elements=elements, copy_ns=copy, torch=torch.__version__)  # fmt: skip


if __name__ == "__main__":
    main()
