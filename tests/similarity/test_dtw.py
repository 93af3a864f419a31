import math

import numpy as np
import pytest
import torch

from shoestring.similarity import dtw


def slow(left, right, cost):
    table = np.full((len(left) + 1, len(right) + 1), np.inf)
    table[0, 0] = 0
    for i, a in enumerate(left, 1):
        for j, b in enumerate(right, 1):
            gap = np.linalg.norm(np.atleast_1d(a - b))
            step = gap if cost == "euclidean" else gap**2
            table[i, j] = step + min(table[i - 1, j - 1], table[i - 1, j], table[i, j - 1])
    return table[-1, -1] if cost == "euclidean" else math.sqrt(table[-1, -1])


@pytest.mark.parametrize("cost", ["euclidean", "squared"])
@pytest.mark.parametrize("width", [None, 1, 3])
def test_distance_equals_the_slow_recursion(cost, width):
    draw = np.random.default_rng(0)
    shape = () if width is None else (width,)
    left, right = draw.normal(size=(13, *shape)), draw.normal(size=(9, *shape))
    assert dtw.distance(left, right, cost) == pytest.approx(slow(left, right, cost), rel=1e-12)
    assert dtw.distance(left, left, cost) == 0


def test_warping_in_time_costs_nothing_and_the_path_says_so():
    left = np.array([0.0, 1.0, 5.0])
    right = np.array([0.0, 0.0, 1.0, 5.0, 5.0])
    assert dtw.distance(left, right) == 0
    assert dtw.path(left, right).tolist() == [[0, 0], [0, 1], [1, 2], [2, 3], [2, 4]]


@pytest.mark.parametrize("cost", ["euclidean", "squared"])
def test_the_path_costs_what_the_distance_says(cost):
    draw = np.random.default_rng(1)
    left, right = draw.normal(size=(20, 2)), draw.normal(size=(31, 2))
    steps = dtw.path(left, right, cost)
    assert steps[0].tolist() == [0, 0] and steps[-1].tolist() == [19, 30]
    assert set(map(tuple, np.diff(steps, axis=0).tolist())) <= {(0, 1), (1, 0), (1, 1)}
    gaps = np.linalg.norm(left[steps[:, 0]] - right[steps[:, 1]], axis=1)
    total = gaps.sum() if cost == "euclidean" else math.sqrt(np.square(gaps).sum())
    assert dtw.distance(left, right, cost) == pytest.approx(total, rel=1e-12)


def soft_slow(costs, gamma):
    table = torch.full((costs.shape[0] + 1, costs.shape[1] + 1), torch.inf, dtype=costs.dtype)
    table = [[table[i, j] for j in range(table.shape[1])] for i in range(table.shape[0])]
    table[0][0] = torch.zeros((), dtype=costs.dtype)
    for i in range(1, costs.shape[0] + 1):
        for j in range(1, costs.shape[1] + 1):
            options = torch.stack([table[i - 1][j - 1], table[i - 1][j], table[i][j - 1]])
            table[i][j] = costs[i - 1, j - 1] - gamma * torch.logsumexp(-options / gamma, 0)
    return table[-1][-1]


def test_soft_dtw_equals_the_slow_recursion_by_values_and_gradients_inside_padding():
    draw = torch.Generator().manual_seed(0)
    costs = torch.rand(4, 7, 6, generator=draw, dtype=torch.float64, requires_grad=True)
    rows, columns = torch.tensor([7, 5, 7, 1]), torch.tensor([6, 6, 3, 1])
    weights = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
    value = dtw.soft_dtw(costs, rows, columns, gamma=0.3)
    (fast,) = torch.autograd.grad((value * weights).sum(), costs)
    slow_values = torch.stack([soft_slow(costs[b, : rows[b], : columns[b]], 0.3) for b in range(4)])
    (plain,) = torch.autograd.grad((slow_values * weights).sum(), costs)
    torch.testing.assert_close(value, slow_values, rtol=1e-12, atol=0)
    torch.testing.assert_close(fast, plain, rtol=1e-9, atol=1e-12)


def test_soft_dtw_tends_to_dtw():
    draw = torch.Generator().manual_seed(2)
    left, right = (torch.randn(1, n, 2, generator=draw, dtype=torch.float64) for n in (11, 8))
    exact = dtw.distance(left[0].numpy(), right[0].numpy(), "squared") ** 2
    value = dtw.soft_dtw(dtw.step_costs(left, right), torch.tensor([11]), torch.tensor([8]), gamma=1e-4)
    assert value.item() == pytest.approx(exact, abs=1e-2)
    assert value.item() <= exact


@pytest.mark.slow  # the library compiles itself first
def test_soft_dtw_matches_an_independent_library():
    metrics = pytest.importorskip("tslearn.metrics")
    draw = np.random.default_rng(3)
    left, right = draw.normal(size=(9, 3)), draw.normal(size=(12, 3))
    costs = dtw.step_costs(torch.from_numpy(left)[None], torch.from_numpy(right)[None])
    ours = dtw.soft_dtw(costs, torch.tensor([9]), torch.tensor([12]), gamma=0.7).item()
    assert ours == pytest.approx(metrics.soft_dtw(left, right, gamma=0.7), rel=1e-9)


def test_soft_dtw_refuses_a_gamma_that_divides_by_zero():
    with pytest.raises(ValueError, match="gamma"):
        dtw.soft_dtw(torch.zeros(1, 2, 2), torch.tensor([2]), torch.tensor([2]), gamma=0.0)
