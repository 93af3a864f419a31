import math

import pytest
import torch
from torch.nn import functional as F

from shoestring.similarity.grad_cache import backward_in_chunks
from shoestring.similarity.objectives.ranking import MultipleNegatives


def columns(rows=5, width=4):
    draw = torch.Generator().manual_seed(0)
    return [torch.randn(rows, width, generator=draw, dtype=torch.float64) for _ in range(3)]


def test_every_other_positive_and_every_negative_there_is_competes():
    anchor, positive, negative = (F.normalize(column, dim=1) for column in columns())
    has = torch.tensor([1.0, 0, 1, 1, 0], dtype=torch.float64)
    total = 0.0
    for i in range(5):
        scores = [float(anchor[i] @ positive[j]) for j in range(5)]
        scores += [float(anchor[i] @ negative[j]) for j in range(5) if has[j]]
        total += math.log(sum(math.exp(20 * s) for s in scores)) - 20 * scores[i]
    loss = MultipleNegatives(guard=2.0).build(4)
    assert loss(columns(), has).item() == pytest.approx(total / 5, rel=1e-9)
    wanted = F.cross_entropy(20 * anchor @ positive.T, torch.arange(5))
    assert loss(columns()[:2], has).item() == pytest.approx(wanted.item(), rel=1e-9)


def test_a_repeated_positive_is_no_negative():
    anchor, positive, _ = columns()
    positive[3] = positive[1]
    loss = MultipleNegatives().build(4)
    without = [0, 2, 4]
    logits = 20 * F.normalize(anchor, dim=1) @ F.normalize(positive, dim=1).T
    by_hand = []
    for row in range(5):
        others = [j for j in range(5) if j == row or not (row in (1, 3) and j in (1, 3))]
        by_hand.append(torch.logsumexp(logits[row, others], 0) - logits[row, row])
    assert loss((anchor, positive), torch.zeros(5)).item() == pytest.approx(torch.stack(by_hand).mean().item())
    assert without, "the guard concerns rows 1 and 3 only"


def test_in_chunks_it_has_the_same_gradient():
    torch.manual_seed(0)
    network = torch.nn.Linear(3, 4).double()
    items = torch.randn(12, 3, dtype=torch.float64)
    loss = MultipleNegatives(chunk=5).build(4)

    def whole(z):
        return loss(z.split(6), torch.zeros(6))

    whole(network(items)).backward()
    wanted = network.weight.grad.clone()
    network.zero_grad()
    backward_in_chunks(network, items, whole, 5)
    torch.testing.assert_close(network.weight.grad, wanted)


def test_sizes_are_checked():
    with pytest.raises(ValueError, match="scale, guard and ceiling"):
        MultipleNegatives(scale=0)
