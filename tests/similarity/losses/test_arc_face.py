import math

import pytest
import torch
from torch.nn import functional as F

from shoestring.similarity.losses import ArcFace


def slow(z, group, weight, scale, margin):
    costs = []
    for item, own in zip(z, group.tolist(), strict=True):
        angles = [math.acos(F.cosine_similarity(item, w, dim=0).item()) for w in weight]
        logits = [scale * math.cos(angle + margin * (k == own)) for k, angle in enumerate(angles)]
        top = max(logits)
        costs.append(top + math.log(sum(math.exp(x - top) for x in logits)) - logits[own])
    return sum(costs) / len(costs)


@pytest.mark.parametrize(("scale", "margin"), [(64.0, 0.5), (8.0, 0.2), (1.0, 0.0)])
def test_equals_the_loop_over_angles(scale, margin):
    torch.manual_seed(0)
    head = ArcFace(scale=scale, margin=margin).build(5, 6).double()
    z, group = torch.randn(9, 6, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 4, 4, 0, 1, 1])
    expected = slow(z, group, head.weight.detach(), scale, margin)
    assert head(z, group).item() == pytest.approx(expected, rel=1e-10)


def at(angle, margin=0.5):
    """Loss and slope by the angle between a vector and its weight, the other weight at a right angle to both."""
    head = ArcFace(scale=1.0, margin=margin).build(2, 3).double()
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    angle = torch.tensor(angle, dtype=torch.float64, requires_grad=True)
    z = torch.stack([angle.cos(), angle.sin(), torch.zeros_like(angle)])[None]
    value = head(z, torch.tensor([0]))
    return value.item(), torch.autograd.grad(value, angle)[0].item()


def test_literal_value_with_the_margin_added_to_the_angle():
    assert at(math.pi / 3)[0] == pytest.approx(math.log(1 + math.exp(-math.cos(math.pi / 3 + 0.5))))


def test_opposite_vectors_are_not_rewarded_for_being_opposite():
    # cos(angle + m) alone rises again beyond pi - m.
    values = [at(angle)[0] for angle in (1.0, 2.0, math.pi - 0.51, math.pi - 0.49, 3.0, 3.1)]
    assert values == sorted(values)
    assert all(at(angle)[1] > 0 for angle in (0.5, 2.0, 2.8, 3.0))


def test_a_vector_on_its_weight_has_a_finite_gradient():
    head = ArcFace().build(3, 4)
    with torch.no_grad():
        # A cosine of exactly one, which rounding would hide from an oblique vector.
        head.weight[0] = torch.tensor([1.0, 0.0, 0.0, 0.0])
    z = head.weight.detach()[:1].clone().requires_grad_()
    head(z, torch.tensor([0])).backward()
    assert z.grad.isfinite().all() and head.weight.grad.isfinite().all()


@pytest.mark.parametrize("wrong", [{"scale": 0.0}, {"margin": -0.1}, {"margin": 3.2}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="scale"):
        ArcFace(**wrong)
