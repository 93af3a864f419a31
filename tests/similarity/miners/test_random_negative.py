import pytest
import torch

from shoestring.similarity.mined_hinge import mined_hinge
from shoestring.similarity.miners import RandomNegative
from tests.similarity.triplet_loop import GROUP, triplet_loop, vectors


def test_every_negative_is_as_likely_as_any_other():
    torch.manual_seed(0)
    near, far = torch.ones(1, 20_000), torch.tensor([[torch.inf, 0.1, 0.2, torch.inf, 0.3, 0.4]])
    counts = RandomNegative()(near, far, 0.2).far[0]
    assert counts[[0, 3]].sum() == 0 and counts.sum() == 20_000
    # Four standard deviations of a binomial with n = 20,000 and p = 1/4.
    assert (counts[[1, 2, 4, 5]] - 5_000).abs().max() < 4 * (20_000 * 0.25 * 0.75) ** 0.5


def test_its_mean_over_many_draws_is_that_of_all_pairs_and_negatives():
    z = vectors()

    def average(near, far, margin):
        return [torch.stack([(near - d + margin).clamp_min(0) for d in far]).mean()]

    torch.manual_seed(0)
    draws = torch.stack([mined_hinge(z.detach(), GROUP, 0.6, RandomNegative()) for _ in range(400)])
    expected = triplet_loop(z, GROUP, 0.6, average).item()
    assert draws.std() > 0 and draws.mean().item() == pytest.approx(expected, abs=4 * draws.std().item() / 20)


def test_the_seed_of_the_run_repeats_it():
    torch.manual_seed(5)
    first = mined_hinge(vectors(), GROUP, 0.6, RandomNegative())
    torch.manual_seed(5)
    assert torch.equal(first, mined_hinge(vectors(), GROUP, 0.6, RandomNegative()))
