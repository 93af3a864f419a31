import math

import pytest
import torch
from torch.nn import functional as F

from shoestring.similarity.losses import ProxyAnchor


def slow(z, group, weight, scale, margin):
    pulled, pushed = [], []
    for p, proxy in enumerate(weight):
        cosines = [F.cosine_similarity(item, proxy, dim=0).item() for item in z]
        own = [c for c, g in zip(cosines, group.tolist(), strict=True) if g == p]
        other = [c for c, g in zip(cosines, group.tolist(), strict=True) if g != p]
        if own:
            pulled.append(math.log(1 + sum(math.exp(-scale * (c - margin)) for c in own)))
        pushed.append(math.log(1 + sum(math.exp(scale * (c + margin)) for c in other)))
    return sum(pulled) / len(pulled) + sum(pushed) / len(pushed)


@pytest.mark.parametrize(("scale", "margin"), [(32.0, 0.1), (4.0, 0.3)])
def test_equals_the_loop_over_proxies_some_of_which_are_not_in_the_batch(scale, margin):
    torch.manual_seed(0)
    head = ProxyAnchor(scale=scale, margin=margin).build(6, 5).double()
    z, group = torch.randn(9, 5, dtype=torch.float64), torch.tensor([0, 1, 2, 2, 4, 4, 0, 1, 1])
    expected = slow(z, group, head.weight.detach(), scale, margin)
    assert head(z, group).item() == pytest.approx(expected, rel=1e-10)


def test_literal_value_of_two_items_on_their_proxies_at_right_angles():
    head = ProxyAnchor(scale=2.0, margin=0.25).build(2, 2)
    with torch.no_grad():
        head.weight.copy_(torch.eye(2))
    value = head(3 * torch.eye(2), torch.tensor([0, 1])).item()
    assert value == pytest.approx(math.log(1 + math.exp(-1.5)) + math.log(1 + math.exp(0.5)), rel=1e-6)


def test_it_does_not_overflow_at_large_scales():
    head = ProxyAnchor(scale=1e4).build(3, 4)
    z = torch.randn(6, 4, requires_grad=True)
    value = head(z, torch.arange(6) % 3)
    value.backward()
    assert value.isfinite() and z.grad.isfinite().all() and head.weight.grad.isfinite().all()


@pytest.mark.parametrize("wrong", [{"scale": 0.0}, {"margin": -0.1}, {"margin": 1.0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="scale"):
        ProxyAnchor(**wrong)
