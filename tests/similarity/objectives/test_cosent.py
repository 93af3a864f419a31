import math

import pytest
import torch
from torch.nn import functional as F

from shoestring.similarity.objectives.cosent import Cosent


def test_it_sums_over_rows_in_the_wrong_order_and_over_no_others():
    draw = torch.Generator().manual_seed(0)
    left, right = (torch.randn(6, 4, generator=draw, dtype=torch.float64) for _ in range(2))
    target = torch.tensor([0.0, 1, 1, 3, 2, 3])
    cosine = F.cosine_similarity(left, right).tolist()
    total = 1.0
    for i in range(6):
        for j in range(6):
            if target[i] > target[j]:
                total += math.exp(20 * (cosine[j] - cosine[i]))
    assert Cosent().build(4)((left, right), target).item() == pytest.approx(math.log(total), rel=1e-9)


def test_equal_scores_say_nothing():
    left = torch.randn(4, 3, requires_grad=True)
    loss = Cosent().build(3)((left, torch.randn(4, 3)), torch.ones(4))
    loss.backward()
    assert loss.item() == 0 and (left.grad == 0).all()


def test_only_the_order_of_scores_counts():
    draw = torch.Generator().manual_seed(1)
    columns = [torch.randn(5, 3, generator=draw) for _ in range(2)]
    scores = torch.tensor([0.1, 0.9, 0.3, 0.5, 0.2])
    loss = Cosent(scale=5).build(3)
    assert loss(columns, scores).item() == loss(columns, 100 * scores**3).item()
    with pytest.raises(ValueError, match="above 0"):
        Cosent(scale=0)
