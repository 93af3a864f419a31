"""Functions of a user, good and bad, for tests of ``user_curve``."""

import time

import torch
from torch import nn


def swishy(x):
    return x * torch.sigmoid(1.7 * x)


def kinked(x):
    return torch.where(x > 0.3, x, 0.1 * x + 0.27)


def jumping(x):
    return x + (x > 1).double()


class Module(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([0.2]))

    def forward(self, x):
        return torch.where(x > 0, x, self.slope * x)


def shape(x):
    return x.sum()


def nan(x):
    return x.log()


def raises(x):
    raise ValueError("something is wrong")


def detached(x):
    return torch.sign(x.detach())


def constant(x):
    return torch.ones_like(x)


def random(x):
    return x * torch.rand_like(x)


def mixing(x):
    return x / x.norm()


def a_list(x):
    return [x]


def whole(x):
    return (x > 0).long()


def sqrt(x):
    return x.abs().sqrt()


def forever(x):
    print("working", flush=True)  # noqa: T201
    time.sleep(600)
    return x


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU()), torch.randn(64, 4)


not_callable = 3
