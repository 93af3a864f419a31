"""How the gradients of a model are laid out for the wire: matrices of one shape together, the rest as it is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """Matrices of one shape and rank, which are computed on as one batch."""

    names: tuple[str, ...]
    rows: int
    """First dimension of the parameter: output features."""
    columns: int
    """Product of the other dimensions: a convolution kernel folds into its columns."""
    rank: int
    """Columns kept of each factor, at most the shorter side."""

    @property
    def size(self) -> int:
        """Numbers in one matrix."""
        return self.rows * self.columns

    @property
    def factors(self) -> int:
        """Numbers in both factors of one matrix: r (n + m)."""
        return self.rank * (self.rows + self.columns)


@dataclass(frozen=True)
class Layout:
    """All parameters that have gradients: those in ``groups`` are compressed, those in ``plain`` are not."""

    groups: tuple[Group, ...]
    plain: tuple[str, ...]
    shapes: Mapping[str, Shape]

    @property
    def numbers(self) -> int:
        """Numbers in one full gradient."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    @property
    def plain_numbers(self) -> int:
        """Numbers that are never compressed."""
        return sum(math.prod(self.shapes[name]) for name in self.plain)

    @property
    def compressed_numbers(self) -> int:
        """Numbers of all matrices in groups."""
        return sum(len(group.names) * group.size for group in self.groups)


def matrix_shape(shape: Sequence[int]) -> tuple[int, int] | None:
    """``(n, m)`` of a gradient seen as a matrix; None for scalars and vectors, which have no low-rank form."""
    return (shape[0], math.prod(shape[1:])) if len(shape) > 1 else None


def lay_out(shapes: Mapping[str, Sequence[int]], rank: int | Mapping[str, int], minimum_rate: float = 0.0) -> Layout:
    """Group the matrices whose factors are smaller than the matrix by more than ``minimum_rate``.

    ``rank``: one for all, or by name. A matrix stays uncompressed unless r (n + m) ``minimum_rate`` < n m. Groups stand
    in the order of their first member, so that every worker with the same model has the same layout.
    """
    grouped: dict[tuple[int, int, int], list[str]] = {}
    plain = []
    for name, shape in shapes.items():
        sides = matrix_shape(shape)
        wanted = rank if isinstance(rank, int) else rank.get(name, 0)
        if sides is None or min(sides) < 1 or wanted < 1:
            plain.append(name)
            continue
        n, m = sides
        kept = min(n, m, wanted)
        if kept * (n + m) * minimum_rate < n * m:
            grouped.setdefault((n, m, kept), []).append(name)
        else:
            plain.append(name)
    groups = tuple(Group(tuple(names), n, m, kept) for (n, m, kept), names in grouped.items())
    return Layout(groups, tuple(plain), {name: tuple(shape) for name, shape in shapes.items()})
