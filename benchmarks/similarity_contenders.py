"""Part of :mod:`benchmarks.similarity`: the batches, and the same loss by us and by two other libraries.

Every contender maps ``(z [B, D] float32 with gradient, group [B])`` to a scalar: squared distances, margin 0.2.
"""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from shoestring.similarity.losses import Triplet
from shoestring.similarity.miners import AllTriplets, BatchHard, SemiHard

MARGIN, WIDTH = 0.2, 128
EACH = {64: 4, 256: 4, 1024: 4, 1800: 40}
"""Items of an identity by size of the batch; 1,800 is FaceNet's own batch of 45 identities."""
PML, ST = "pytorch-metric-learning", "sentence-transformers"
Loss = Callable[[Tensor, Tensor], Tensor]


def batch(size: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Unit vectors around a centre for each identity, near enough to one another that every rule finds triplets."""
    draw = torch.Generator().manual_seed(seed)
    each = EACH[size]
    group = torch.arange(size // each).repeat_interleave(each)
    centres = torch.randn(size // each, WIDTH, generator=draw)
    z = centres[group] + 1.5 * torch.randn(size, WIDTH, generator=draw)
    return F.normalize(z, dim=1), group


def ours(rule: str) -> Loss:
    """Our loss by the name of the rule."""
    miners = {
        "all-triplets": AllTriplets(), "semi-hard": SemiHard(), "semi-hard-or-farthest": SemiHard(otherwise="farthest"),
        "batch-hard": BatchHard(),
    }  # fmt: skip
    return Triplet(margin=MARGIN, miner=miners[rule])


def theirs(peer: str, rule: str) -> Loss:
    """The peer's loss; its definition of semi-hard may be another, see ``SAME``."""
    return _by_pml(rule) if peer == PML else _by_st(rule)


SAME = {
    (PML, "semi-hard"): "another definition: all semi-hard negatives of a pair, not the nearest; values not compared",
}
"""What is not the same loss, and why; everything else is asserted to have the same value and gradient."""


def _by_pml(rule: str) -> Loss:
    from pytorch_metric_learning import distances, losses, miners, reducers

    distance = distances.LpDistance(normalize_embeddings=False, power=2)
    if rule == "batch-hard":
        mean = losses.TripletMarginLoss(margin=MARGIN, distance=distance, reducer=reducers.MeanReducer())
        miner: Any = miners.BatchHardMiner(distance=distance)
        return lambda z, group: mean(z, group, miner(z, group))
    loss = losses.TripletMarginLoss(margin=MARGIN, distance=distance)
    if rule == "all-triplets":
        return loss
    miner = miners.TripletMarginMiner(margin=MARGIN, distance=distance, type_of_triplets="semihard")
    return lambda z, group: loss(z, group, miner(z, group))


def _by_st(rule: str) -> Loss:
    with warnings.catch_warnings():
        # It warns of optional packages that it could not import.
        warnings.simplefilter("ignore")
        from sentence_transformers.sentence_transformer import losses
    distance = partial(losses.BatchHardTripletLossDistanceFunction.euclidean_distance, squared=True)
    # The encoder that they take plays no part in what is called here.
    encoder: Any = None
    if rule == "batch-hard":
        hard = losses.BatchHardTripletLoss(encoder, distance_metric=distance, margin=MARGIN)
        return lambda z, group: hard.batch_hard_triplet_loss(group, z)
    if rule == "all-triplets":
        every = losses.BatchAllTripletLoss(encoder, distance_metric=distance, margin=MARGIN)
        return lambda z, group: every.batch_all_triplet_loss(group, z)
    semi = losses.BatchSemiHardTripletLoss(encoder, distance_metric=distance, margin=MARGIN)
    return lambda z, group: semi.batch_semi_hard_triplet_loss(group, z)


def once(loss: Loss, z: Tensor, group: Tensor) -> tuple[float, Tensor]:
    """Forward and backward: the value and the gradient."""
    leaf = z.detach().requires_grad_()
    value = loss(leaf, group)
    value.backward()
    assert leaf.grad is not None
    return value.item(), leaf.grad
