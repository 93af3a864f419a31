import math

import pytest
import torch
from torch.nn import functional as F

from shoestring.similarity.losses import SoftmaxMargin


def slow(z, group, scale, margin):
    z = F.normalize(z, dim=1)
    terms = []
    for i in range(len(z)):
        mates = [j for j in range(len(z)) if group[j] == group[i] and j != i]
        if not mates:
            continue
        own = F.cosine_similarity(z[i], z[mates].sum(0), dim=0) - margin
        others = [
            F.cosine_similarity(z[i], z[group == g].sum(0), dim=0) for g in group.unique() if g != group[i]
        ]  # fmt: skip
        logits = scale * torch.stack([own, *others])
        terms.append(-torch.log_softmax(logits, 0)[0])
    return torch.stack(terms).mean()


def test_equals_the_loop_over_items_by_values_and_gradients():
    draw = torch.Generator().manual_seed(1)
    z = F.normalize(torch.randn(12, 5, generator=draw, dtype=torch.float64), dim=1).requires_grad_()
    group = torch.tensor([4, 4, 4, 1, 1, 0, 0, 0, 0, 9, 8, 1])
    value, expected = SoftmaxMargin(scale=7.0, margin=0.3)(z, group), slow(z, group, 7.0, 0.3)
    assert value.item() == pytest.approx(expected.item(), rel=1e-10)
    torch.testing.assert_close(*(torch.autograd.grad(v, z)[0] for v in (value, expected)))


def test_literal_value_of_two_pairs_at_right_angles():
    z = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    value = SoftmaxMargin(scale=2.0, margin=0.25)(z, torch.tensor([0, 0, 1, 1]))
    assert value.item() == pytest.approx(math.log(1 + math.exp(-1.5)), rel=1e-6)


def test_a_vector_is_left_out_of_its_own_centroid():
    # Two opposite vectors: with itself inside, the centroid would be zero; without, it is the opposite one.
    z = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    value = SoftmaxMargin(scale=1.0, margin=0.0)(z, torch.tensor([0, 0, 1]))
    assert value.item() == pytest.approx(math.log(1 + math.exp(1.0)), rel=1e-5)


@pytest.mark.parametrize("wrong", [{"scale": 0.0}, {"margin": -0.1}, {"margin": 2.0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="scale"):
        SoftmaxMargin(**wrong)
