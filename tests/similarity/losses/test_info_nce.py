import math

import pytest
import torch
from torch.nn import functional as F

from shoestring.similarity.losses import InfoNce
from tests.similarity.triplet_loop import GROUP, same, vectors


def slow(z, group, temperature):
    z = F.normalize(z, dim=1)
    costs = []
    for a in range(len(z)):
        against = [torch.exp(z[a] @ z[n] / temperature) for n in range(len(z)) if group[n] != group[a]]
        for p in range(len(z)):
            if p != a and group[p] == group[a]:
                own = torch.exp(z[a] @ z[p] / temperature)
                costs.append(-torch.log(own / (own + sum(against))))
    return torch.stack(costs).mean()


@pytest.mark.parametrize("temperature", [0.2, 0.5])
def test_equals_the_loop_over_pairs_by_values_and_gradients(temperature):
    z = vectors()
    same(InfoNce(temperature=temperature)(3 * z, GROUP), slow(3 * z, GROUP, temperature), z)


def test_with_one_positive_each_it_is_cross_entropy_over_the_batch():
    z, group = vectors(size=8), torch.tensor([0, 1, 2, 3, 0, 1, 2, 3])
    cosines = (z @ z.T / 0.1).masked_fill(torch.eye(8, dtype=torch.bool), -torch.inf)
    expected = F.cross_entropy(cosines, torch.arange(8).roll(4))
    assert InfoNce()(z, group).item() == pytest.approx(expected.item(), rel=1e-12)


def test_literal_value_of_a_pair_at_right_angles_to_one_negative():
    z = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    value = InfoNce(temperature=0.5)(z, torch.tensor([0, 0, 1]))
    assert value.item() == pytest.approx(math.log(1 + math.exp(-2)), rel=1e-6)


def test_it_does_not_overflow_at_low_temperatures():
    z = vectors().detach().float().requires_grad_()
    value = InfoNce(temperature=1e-4)(z, GROUP)
    value.backward()
    assert value.isfinite() and z.grad.isfinite().all()


def test_a_temperature_of_nothing_is_refused():
    with pytest.raises(ValueError, match="temperature=0"):
        InfoNce(temperature=0)
