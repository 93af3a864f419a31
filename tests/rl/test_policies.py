import numpy as np
import pytest
import torch
from torch.distributions import Categorical as TorchCategorical
from torch.distributions import Independent, Normal, kl_divergence

from shoestring.core.errors import BadDataError
from shoestring.rl.policies import Categorical, Gaussian, Normaliser, build_policy, draw
from shoestring.rl.spaces import Box, Discrete

SEEN = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))


def both():
    """Two policies with the distributions of torch beside them."""
    generator = torch.Generator().manual_seed(1)
    categorical = Categorical(4, 3, (8,), generator, last_gain=1.0)
    gaussian = Gaussian(4, 2, (8,), generator, last_gain=1.0)
    with torch.no_grad():
        gaussian.log_deviation.copy_(torch.tensor([0.3, -0.7]))

    def normal(parameters):
        mean, log_deviation = parameters.chunk(2, dim=1)
        return Independent(Normal(mean, log_deviation.exp()), 1)

    return [(categorical, lambda logits: TorchCategorical(logits=logits)), (gaussian, normal)]


@pytest.mark.parametrize(("policy", "distribution"), both(), ids=["categorical", "gaussian"])
def test_formulas_equal_torch_s_distributions(policy, distribution):
    parameters = policy(SEEN).detach()
    theirs = distribution(parameters)
    action = theirs.sample()
    assert policy.log_probability(parameters, action).numpy() == pytest.approx(
        theirs.log_prob(action).numpy(), abs=1e-5
    )
    assert policy.entropy(parameters).numpy() == pytest.approx(theirs.entropy().numpy(), abs=1e-5)
    moved = parameters + 0.3 * torch.randn(parameters.shape, generator=torch.Generator().manual_seed(2))
    expected = kl_divergence(theirs, distribution(moved))
    assert policy.divergence(parameters, moved).numpy() == pytest.approx(expected.numpy(), abs=1e-5)
    assert policy.divergence(parameters, parameters).numpy() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("policy", "distribution"), both(), ids=["categorical", "gaussian"])
def test_acting_by_numpy_reports_the_log_probability_of_what_it_drew(policy, distribution):
    action, log_probability = policy.act(SEEN.numpy(), np.random.default_rng(0))
    expected = distribution(policy(SEEN).detach()).log_prob(torch.from_numpy(action))
    assert log_probability == pytest.approx(expected.numpy(), abs=1e-5)
    best = policy.best(SEEN.numpy())
    mode = policy(SEEN).detach()
    assert best == pytest.approx((mode.argmax(1) if isinstance(policy, Categorical) else mode[:, :2]).numpy(), abs=1e-6)


def test_draws_have_the_probabilities_of_the_softmax():
    logits = np.log(np.array([[0.2, 0.5, 0.3]], dtype=np.float32)) + 7
    action, log_p = draw(np.tile(logits, (60_000, 1)), np.random.default_rng(0))
    assert np.bincount(action) / 60_000 == pytest.approx([0.2, 0.5, 0.3], abs=0.01)
    assert np.exp(log_p[:9]) == pytest.approx(np.array([0.2, 0.5, 0.3])[action[:9]], rel=1e-5)
    far = np.array([[1e4, 0.0, -1e4]], dtype=np.float32)
    assert draw(far, np.random.default_rng(0))[0].tolist() == [0]


def test_gaussian_draws_have_their_mean_and_deviation():
    policy = both()[1][0]
    action, _ = policy.act(np.tile(SEEN[:1].numpy(), (40_000, 1)), np.random.default_rng(0))
    assert action.mean(axis=0) == pytest.approx(policy.best(SEEN[:1].numpy())[0], abs=0.03)
    assert action.std(axis=0) == pytest.approx(np.exp([0.3, -0.7]), rel=0.02)


def test_the_policy_fits_the_space():
    generator = torch.Generator().manual_seed(0)
    assert isinstance(build_policy(Box((0.0,), (1.0,)), Discrete(2), (), generator), Categorical)
    assert isinstance(build_policy(Box((0.0,), (1.0,)), Box((0.0,), (1.0,)), (), generator), Gaussian)


def test_the_normaliser_knows_mean_and_deviation_of_all_it_saw():
    rng = np.random.default_rng(0)
    data = rng.normal([3.0, -100.0], [0.5, 20.0], (500, 2))
    normaliser = Normaliser(2)
    assert normaliser(np.array([[1.0, -2.0]])).tolist() == [[1.0, -2.0]]
    for part in np.split(data, [3, 4, 200]):
        normaliser.update(part)
    assert normaliser.mean == pytest.approx(data.mean(axis=0)) and normaliser.deviation == pytest.approx(
        data.std(axis=0)
    )
    assert normaliser(data).std(axis=0) == pytest.approx([1, 1], abs=0.01)
    assert normaliser(np.array([[1e6, -100.0]]))[0, 0] == 5
    again = Normaliser(2)
    again.load_state_dict(normaliser.state_dict())
    assert (again(data) == normaliser(data)).all()
    with pytest.raises(BadDataError, match="does not fit"):
        Normaliser(3).load_state_dict(normaliser.state_dict())
