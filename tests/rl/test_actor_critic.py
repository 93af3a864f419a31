import numpy as np
import pytest
import torch

from shoestring.rl.actor_critic import (
    ActorCritic,
    ClosedForm,
    categorical_gradient,
    categorical_log_probability,
    clipped_surrogate,
    gaussian_gradient,
    gaussian_log_probability,
    surrogate_weight,
)
from shoestring.rl.nets import FlatParameters
from shoestring.rl.spaces import Box, Discrete

RNG = np.random.default_rng(0)


def test_the_surrogate_by_hand():
    """Ratios 1.5 and .5 with clip .2: cut where the advantage pushes further out, and not where it pulls back."""
    ratio, clip = torch.tensor([1.5, 1.5, 0.5, 0.5]), 0.2
    advantage = torch.tensor([1.0, -1.0, 1.0, -1.0])
    value = clipped_surrogate(ratio.log(), torch.zeros(4), advantage, clip)
    assert value.item() == pytest.approx(-(1.2 - 1.5 + 0.5 - 0.8) / 4)


def test_its_derivative_is_autograd_s():
    log_p = torch.randn(200, requires_grad=True, generator=torch.Generator().manual_seed(0))
    old, advantage = torch.randn(200), torch.randn(200)
    clipped_surrogate(log_p, old, advantage, 0.2).backward()
    found, ratio = surrogate_weight(log_p.detach().numpy(), old.numpy(), advantage.numpy(), 0.2)
    assert found == pytest.approx(log_p.grad.numpy(), abs=1e-6)
    assert 0 < (found == 0).mean() < 1 and ratio == pytest.approx((log_p.detach() - old).exp().numpy(), rel=1e-5)


def test_gradients_of_logits():
    logits = torch.randn(30, 4, requires_grad=True, generator=torch.Generator().manual_seed(0))
    action, weight = RNG.integers(4, size=30), RNG.normal(size=30).astype(np.float32)
    log_p = logits.log_softmax(1)
    chosen = log_p.gather(1, torch.from_numpy(action)[:, None])[:, 0]
    entropy = -(log_p.exp() * log_p).sum(1)
    ((chosen * torch.from_numpy(weight)).sum() - 0.3 * entropy.mean()).backward()
    own, table = categorical_log_probability(logits.detach().numpy(), action)
    found, entropies = categorical_gradient(table, action, weight, 0.3)
    assert own == pytest.approx(chosen.detach().numpy(), abs=1e-6)
    assert found == pytest.approx(logits.grad.numpy(), abs=1e-6)
    assert entropies == pytest.approx(entropy.detach().numpy(), abs=1e-6)


def test_gradients_of_means_and_deviations():
    mean = torch.randn(30, 2, requires_grad=True, generator=torch.Generator().manual_seed(0))
    log_deviation = torch.tensor([0.2, -0.5], requires_grad=True)
    action, weight = RNG.normal(size=(30, 2)).astype(np.float32), RNG.normal(size=30).astype(np.float32)
    log_p = torch.distributions.Normal(mean, log_deviation.exp()).log_prob(torch.from_numpy(action)).sum(1)
    entropy = torch.distributions.Normal(mean, log_deviation.exp()).entropy().sum(1).mean()
    ((log_p * torch.from_numpy(weight)).sum() - 0.3 * entropy).backward()
    plain = mean.detach().numpy(), log_deviation.detach().numpy()
    assert gaussian_log_probability(*plain, action) == pytest.approx(log_p.detach().numpy(), abs=1e-5)
    of_mean, of_deviation = gaussian_gradient(*plain, action, weight, 0.3)
    assert of_mean == pytest.approx(mean.grad.numpy(), abs=1e-5)
    assert of_deviation == pytest.approx(log_deviation.grad.numpy(), abs=1e-4)


@pytest.mark.parametrize("space", [Discrete(3), Box((-1.0, -1.0), (1.0, 1.0))], ids=["discrete", "box"])
def test_the_closed_form_of_ppo_is_autograd_s(space):
    box = Box((-1.0,) * 4, (1.0,) * 4)
    networks = ActorCritic(box, space, torch.Generator().manual_seed(0), hidden=(8, 8), last_gain=1.0)
    flat = FlatParameters([networks])
    seen = RNG.normal(size=(50, 4)).astype(np.float32)
    action = RNG.integers(3, size=50) if isinstance(space, Discrete) else RNG.normal(size=(50, 2)).astype(np.float32)
    old, advantage, target = RNG.normal(-1.5, 0.5, 50), RNG.normal(size=50), RNG.normal(size=50)
    old, advantage, target = (part.astype(np.float32) for part in (old, advantage, target))
    parameters = networks.policy(torch.from_numpy(seen))
    log_p = networks.policy.log_probability(parameters, torch.from_numpy(action))
    entropy = networks.policy.entropy(parameters).mean()
    error = (networks.critic(torch.from_numpy(seen))[:, 0] - torch.from_numpy(target)).square().mean()
    surrogate = clipped_surrogate(log_p, torch.from_numpy(old), torch.from_numpy(advantage), 0.2)
    (surrogate - 0.02 * entropy + 0.5 * error).backward()
    expected = flat.flat.grad.clone().numpy()
    flat.zero_grad()
    figures = ClosedForm(networks, flat).ppo(
        seen, action, old, advantage, target, clip=0.2, entropy_weight=0.02, value_weight=0.5
    )
    assert flat.flat.grad.numpy() == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert figures["entropy"] == pytest.approx(entropy.item(), rel=1e-5)
    assert figures["value_loss"] == pytest.approx(error.item(), rel=1e-5)


def test_values_by_numpy_and_separate_critic_layers():
    box = Box((-1.0,) * 4, (1.0,) * 4)
    networks = ActorCritic(box, Discrete(2), torch.Generator().manual_seed(0), hidden=(), critic_hidden=(20,))
    seen = RNG.normal(size=(7, 4)).astype(np.float32)
    assert networks.value(seen) == pytest.approx(
        networks.critic(torch.from_numpy(seen))[:, 0].detach().numpy(), abs=1e-6
    )
    assert len(networks.policy.net) == 1 and networks.critic[0].out_features == 20
