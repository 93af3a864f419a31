import numpy as np
import pytest
import torch
from torch.nn import functional as F

from shoestring.core.errors import BadDataError
from shoestring.similarity.collapse import check_collapse
from shoestring.similarity.losses import Triplet
from shoestring.similarity.miners import HardestNegative


@pytest.fixture
def draw():
    return np.random.default_rng(0)


def test_the_spread_is_the_mean_squared_distance_over_that_of_independent_vectors(draw):
    z = draw.normal(size=(30, 4)) + 1
    distances = [np.square(a - b).sum() for a in z for b in z]
    expected = np.mean(distances) / (2 * np.square(z).sum(axis=1).mean())
    assert check_collapse(z).spread == pytest.approx(expected)
    assert check_collapse(1000 * z).spread == pytest.approx(expected)


@pytest.mark.parametrize(
    ("shape", "used", "expected"), [((2000, 8), 8, 8.0), ((2000, 8), 3, 3.0), ((5, 2000), 2000, 4.0)]
)
def test_dimensions_count_the_directions_in_use(draw, shape, used, expected):
    z = draw.normal(size=shape)
    z[:, used:] = 0.0
    assert check_collapse(z).dimensions == pytest.approx(expected, rel=0.03)


def test_vectors_on_one_point_raise_the_alarm_and_a_healthy_batch_does_not(draw):
    healthy = draw.normal(size=(40, 16))
    assert not check_collapse(healthy).alarm and 0.9 < check_collapse(healthy).spread <= 1
    for collapsed in (np.ones((40, 16)), np.zeros((40, 16)), 1 + 1e-3 * healthy):
        found = check_collapse(collapsed)
        assert found.alarm and "nearly one" in found.reasons[0]


def test_a_loss_that_stays_at_the_margin_raises_the_alarm(draw):
    z = draw.normal(size=(40, 16))
    at = [0.2, 0.201, 0.1995, 0.2, 0.2003]
    assert "margin of 0.2 for 5 steps" in check_collapse(z, at, 0.2).reasons[0]
    assert not check_collapse(z, [*at, 0.15], 0.2).alarm
    assert not check_collapse(z, at[:4], 0.2).alarm
    assert not check_collapse(z, at).alarm


def test_it_sees_what_hardest_negatives_do_to_a_network_that_starts_from_scratch():
    torch.manual_seed(0)
    # Nothing tells the identities apart; a network whose one weight scales what differs can only give up.
    group, items = torch.arange(24) % 4, F.normalize(torch.randn(24, 3), dim=1)
    weight, losses = torch.nn.Parameter(torch.tensor(1.0)), []
    optimizer = torch.optim.SGD([weight], lr=0.2)
    for step in range(40):
        vectors = F.normalize(torch.cat([weight * items, torch.ones(24, 1)], dim=1), dim=1)
        loss = Triplet(miner=HardestNegative())(vectors, group)
        assert step or not check_collapse(vectors.detach()).alarm
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    found = check_collapse(vectors.detach(), losses[-10:], 0.2)
    assert len(found.reasons) == 2


@pytest.mark.parametrize("wrong", [np.ones(3), np.ones((1, 3)), np.array([[1.0, np.nan], [0.0, 1.0]])])
def test_what_has_no_spread_is_refused(wrong):
    with pytest.raises(BadDataError, match="vectors"):
        check_collapse(wrong)
