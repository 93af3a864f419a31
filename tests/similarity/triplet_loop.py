"""The triplet loss as a loop over triplets, by rule: slow, obvious, differentiated by torch."""

import torch
from torch.nn import functional as F

GROUP = torch.tensor([4, 0, 1, 0, 7, 1, 2, 2, 0, 1, 2, 0, 2, 2, 3, 4, 9])
"""Identities of two to five items in no order, and three on their own."""


def vectors(seed=1, size=17, width=4):
    draw = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(size, width, generator=draw, dtype=torch.float64), dim=1).requires_grad_()


def triplet_loop(z, group, margin, choose):
    """Mean of ``choose(near, far, margin)`` over anchor-positive pairs, where it returns a list of costs."""
    costs = []
    for a in range(len(z)):
        far = [(z[a] - z[n]).square().sum() for n in range(len(z)) if group[n] != group[a]]
        for p in range(len(z)):
            if a != p and group[a] == group[p] and far:
                costs += choose((z[a] - z[p]).square().sum(), far, margin)
    return torch.stack(costs).mean() if costs else 0 * z.sum()


def every(near, far, margin):
    return [near - d + margin for d in far if near - d + margin > 0]


def semi_hard(near, far, margin):
    inside = [d for d in far if near < d < near + margin]
    return [near - min(inside) + margin] if inside else []


def semi_hard_or_farthest(near, far, margin):
    return semi_hard(near, far, margin) or [(near - max(far) + margin).clamp_min(0)]


def hardest(near, far, margin):
    return [(near - min(far) + margin).clamp_min(0)]


def batch_hard_loop(z, group, margin):
    costs = []
    for a in range(len(z)):
        squared = [(z[a] - z[b]).square().sum() for b in range(len(z))]
        near = [d for b, d in enumerate(squared) if b != a and group[b] == group[a]]
        far = [d for b, d in enumerate(squared) if group[b] != group[a]]
        if near and far:
            costs.append((max(near) - min(far) + margin).clamp_min(0))
    return torch.stack(costs).mean()


def same(value, expected, z):
    """Assert equal values and gradients."""
    torch.testing.assert_close(value, expected, rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(
        *(torch.autograd.grad(v, z, retain_graph=True)[0] for v in (value, expected)), rtol=1e-10, atol=1e-12
    )
