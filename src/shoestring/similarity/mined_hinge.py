r"""The mean of :math:`[\,|a-p|^2 - |a-n|^2 + m\,]_+` over triplets that are never listed.

Where a triplet costs anything, its cost is linear in its two distances. So a sum over triplets is known from how often
each pair of vectors takes part in one that counts,

.. math:: \sum_{(a,p)} w_{ap} (d_{ap} + m) - \sum_{(a,n)} w_{an} d_{an},

and so is its gradient, which is :math:`w` itself. A miner gives :math:`w` of a block of anchors; memory is that of one
block, whatever the size of the batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from shoestring.similarity.distances import squared_distances, wide

BLOCK = 2**18
"""Anchors times batch in one block, at most: its arrays of 2 MiB stay near the processor."""
SPARSE = 64
"""Where less than one in so many pairs has a weight, the gradient is summed over those pairs."""


class Mined(NamedTuple):
    """The triplets of a block that count, as the number that each distance takes part in."""

    near: Tensor
    """[A, P] of each positive."""
    far: Tensor
    """[A, B] of each negative; 0 in columns of the anchor's own identity."""
    terms: Tensor
    """int64 scalar: triplets to average over, those without cost included if the miner means them to be."""


class Mine(Protocol):
    """The verb of a miner."""

    def __call__(self, near: Tensor, far: Tensor, margin: float) -> Mined:
        """Choose triplets of A anchors from squared distances, all within one floating type.

        ``near`` [A, P] are the distances to the other items of the anchor's identity, filled up with -inf; ``far``
        [A, B] those to the whole batch, with inf for the anchor's own identity. Every anchor has a positive and a
        negative. A triplet whose hinge is zero must not be counted in ``near`` or ``far``.
        """
        ...


def mined_hinge(z: Tensor, group: Tensor, margin: float, mine: Mine, block: int = BLOCK) -> Tensor:
    """Mean hinge of the triplets that ``mine`` chooses from the batch.

    ``z``: float [B, D]; ``group``: int64 [B], equal for items of one identity. Zero, and still differentiable, when no
    triplet is left. Computed in double precision; gradients of first order only.
    """
    value: Tensor = _MinedHinge.apply(z, group, _Way(margin, mine, block))
    return value


class _Way(NamedTuple):
    margin: float
    mine: Mine
    block: int


class _MinedHinge(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, group: Tensor, way: _Way) -> Tensor:
        vectors = wide(z)
        # The gradient only depends on differences: around the mean, a collapsed batch keeps its digits, and the
        # precision of the input is enough.
        narrow = z.dtype if z.dtype in (torch.float32, torch.float64) else torch.float32
        centred = (vectors - vectors.mean(dim=0)).to(narrow)
        total, terms = vectors.new_zeros(()), torch.zeros((), dtype=torch.int64, device=z.device)
        slope = torch.zeros_like(centred) if ctx.needs_input_grad[0] else None
        for part in _parts(group, way.block):
            far = squared_distances(vectors[part.anchors], vectors)
            near = far.gather(1, part.positives).masked_fill_(~part.present, -torch.inf)
            mined = way.mine(near, far.masked_fill(part.own, torch.inf), way.margin)
            total += torch.dot(mined.near.flatten(), near.masked_fill_(~part.present, 0).add_(way.margin).flatten())
            total -= torch.dot(mined.far.flatten(), far.flatten())
            terms += mined.terms
            if slope is not None:
                weights = mined.far.to(narrow).neg().scatter_add_(1, part.positives, mined.near.to(narrow))
                if torch.count_nonzero(weights) * SPARSE < weights.numel():
                    _add_by_pairs(slope, weights, part.anchors, centred)
                else:
                    _add_by_products(slope, weights, part.anchors, centred)
        terms.clamp_min_(1)
        ctx.save_for_backward(None if slope is None else (2 * slope / terms).to(z.dtype))
        return (total / terms).to(z.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        (slope,) = ctx.saved_tensors
        return upstream * slope, None, None


def _add_by_products(slope: Tensor, weights: Tensor, anchors: Tensor, z: Tensor) -> None:
    """Add the sum of ``w (a - b)`` to row a and ``w (b - a)`` to row b of ``slope``, by two matrix products."""
    own = z[anchors]
    slope.index_add_(0, anchors, weights.sum(dim=1, keepdim=True) * own - weights @ z)
    slope += weights.sum(dim=0)[:, None] * z - weights.T @ own


def _add_by_pairs(slope: Tensor, weights: Tensor, anchors: Tensor, z: Tensor) -> None:
    """The same pair by pair: less work where few have a weight."""
    row, column = torch.nonzero(weights, as_tuple=True)
    row_place = anchors[row]
    pulls = weights[row, column][:, None] * (z[row_place] - z[column])
    slope.index_add_(0, row_place, pulls)
    slope.index_add_(0, column, pulls, alpha=-1)


@dataclass(frozen=True)
class _Part:
    """Some of the anchors."""

    anchors: Tensor
    """int64 [A] places in the batch of items that have a positive and a negative."""
    positives: Tensor
    """int64 [A, P] places of the positives, anything where there are fewer than P."""
    present: Tensor
    """bool [A, P] which of those are there."""
    own: Tensor
    """bool [A, B] the anchor's identity, itself included."""


def _parts(group: Tensor, block: int) -> Iterator[_Part]:
    """Cut the batch into blocks of anchors."""
    size = len(group)
    order = torch.argsort(group, stable=True)
    _, identity, count = torch.unique(group, return_inverse=True, return_counts=True)
    if len(count) < 2 or not (count > 1).any():
        return
    start = count.cumsum(0) - count
    rank = torch.empty_like(order)
    rank[order] = torch.arange(size, device=group.device) - start[identity[order]]
    anchors = order[(count > 1)[identity[order]]]
    for some in anchors.split(max(1, block // size)):
        whose = identity[some]
        others = count[whose, None] - 1
        column = torch.arange(int(others.max()), device=group.device)[None]
        # An item is not its own positive: from its place in the identity on, the next one is taken.
        place = start[whose, None] + column + (column >= rank[some, None])
        yield _Part(
            anchors=some,
            positives=order[place.clamp_max(size - 1)],
            present=column < others,
            own=whose[:, None] == identity[None],
        )
