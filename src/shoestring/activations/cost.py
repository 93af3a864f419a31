"""What one activation costs on this machine: time of an element, and bytes that are kept for the backward pass."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from shoestring.activations.torch_modules import Function

ELEMENTS = 2**18
"""One megabyte of float32: more than the caches next to a core, less than what a small server minds."""


@dataclass(frozen=True)
class Cost:
    """Medians over repeats, one thread, float32."""

    forward: float
    """Nanoseconds an element, while the graph is recorded."""
    backward: float
    copy: float
    """Nanoseconds an element to read 4 bytes and write 4: what memory alone allows."""
    saved: float
    """Bytes an element kept from forward to backward."""
    elements: int


def measure(function: Function, *, elements: int = ELEMENTS, repeats: int = 9) -> Cost:
    """Time ``function`` forward and backward on ``elements`` numbers from N(0, 1), with one thread."""
    x = torch.randn(elements, generator=torch.Generator().manual_seed(0)).requires_grad_()
    grad = torch.ones(elements)
    out = torch.empty(elements)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        up, down, copied = [], [], []
        for _ in range(repeats + 1):
            began = time.perf_counter()
            y = function(x)
            middle = time.perf_counter()
            torch.autograd.grad(y, x, grad)
            down.append(time.perf_counter() - middle)
            up.append(middle - began)
            copied.append(_seconds(lambda: out.copy_(grad)))
    finally:
        torch.set_num_threads(threads)
    # The first of each pays for pages that were never touched.
    forward, backward, copy = (statistics.median(times[1:]) * 1e9 / elements for times in (up, down, copied))
    return Cost(forward, backward, copy, saved_bytes(function), elements)


def saved_bytes(function: Function, elements: int = 4096) -> float:
    """Bytes for each float32 element that autograd keeps for the backward pass; a tensor kept twice counts once."""
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    x = torch.randn(elements, generator=torch.Generator().manual_seed(0)).requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        y = function(x)
    del y
    return sum(kept.values()) / elements


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
