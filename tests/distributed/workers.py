"""Virtual workers with reducers, and gradients to feed them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from shoestring.distributed.communicator import VirtualGroup
from shoestring.distributed.reducer import Reducer

SHAPES = {"a": (6, 5), "b": (6, 5), "conv": (4, 3, 3, 3), "tall": (20, 4), "bias": (5,), "scale": ()}


class Crew:
    """``size`` workers on one set of shapes."""

    def __init__(self, compressor: Any, size: int = 2, shapes: Mapping[str, tuple[int, ...]] = SHAPES) -> None:
        self.group = VirtualGroup(size)
        self.shapes, self.size = dict(shapes), size
        self.reducers = [Reducer(compressor, shapes, member) for member in self.group.members]

    def reduce(self, grads: list[dict[str, Tensor]]) -> list[dict[str, Tensor]]:
        """One step; the gradients that are given stay as they are."""
        copies = [{k: None if v is None else v.clone() for k, v in g.items()} for g in grads]
        return self.each(lambda reducer: reducer.reduce(copies[reducer.communicator.rank]))

    def each(self, work: Callable[[Reducer], Any]) -> list[Any]:
        """The same call on every worker at the same time."""
        return self.group.run(lambda member: work(self.reducers[member.rank]))

    def random(self, seed: int, shift: float = 0.0) -> list[dict[str, Tensor]]:
        """Gradients of every worker; ``shift`` sets the workers apart by an amount that stays from step to step."""
        draw = torch.Generator().manual_seed(seed)
        fixed = torch.Generator().manual_seed(99)
        found = []
        for _ in range(self.size):
            apart = {name: shift * torch.randn(shape, generator=fixed) for name, shape in self.shapes.items()}
            found.append({n: torch.randn(s, generator=draw) + apart[n] for n, s in self.shapes.items()})
        return found


def mean_of(grads: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The exact mean."""
    return {name: sum(one[name].double() for one in grads) / len(grads) for name in grads[0]}


@contextmanager
def crew(compressor: Any, size: int = 2, shapes: Mapping[str, tuple[int, ...]] = SHAPES) -> Iterator[Crew]:
    """A crew whose threads end."""
    made = Crew(compressor, size, shapes)
    try:
        yield made
    finally:
        made.group.close()
