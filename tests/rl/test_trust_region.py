import numpy as np
import pytest
import torch

from shoestring.rl import trust_region
from shoestring.rl.nets import FlatParameters, flat_gradient, layers_of, mlp, numpy_forward
from shoestring.rl.policies import Categorical, Gaussian
from shoestring.rl.trust_region import (
    conjugate_gradient,
    fisher_product,
    gauss_newton_product,
    line_search,
    scaled_to,
    value_step,
)

SEEN = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))


def policies():
    generator = torch.Generator().manual_seed(1)
    categorical = Categorical(3, 4, (5, 4), generator, last_gain=1.0)
    gaussian = Gaussian(3, 2, (5,), generator, last_gain=1.0)
    with torch.no_grad():
        gaussian.log_deviation.copy_(torch.tensor([0.4, -0.3]))
    return [categorical, gaussian]


def test_conjugate_gradients_solve_a_linear_system():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(12, 12))
    matrix, b = root @ root.T + np.eye(12), rng.normal(size=12)
    exact = np.linalg.solve(matrix, b)
    assert conjugate_gradient(lambda v: matrix @ v, b, 30) == pytest.approx(exact, abs=1e-6)
    early = conjugate_gradient(lambda v: matrix @ v, b, 3)
    norm = lambda x: (x - exact) @ matrix @ (x - exact)  # noqa: E731
    assert 0 < norm(early) < norm(np.zeros(12))
    assert (conjugate_gradient(lambda v: matrix @ v, np.zeros(12), 10) == 0).all()


@pytest.mark.parametrize("policy", policies(), ids=["categorical", "gaussian"])
def test_fisher_products_are_second_derivatives_of_the_divergence(policy):
    parameters = list(policy.parameters())
    old = policy(SEEN).detach()
    kl = policy.divergence(old, policy(SEEN)).mean()
    gradient = flat_gradient(kl, parameters, keep=True)
    product = fisher_product(policy, SEEN.numpy(), 0.1)
    rng = np.random.default_rng(0)
    for _ in range(3):
        v = rng.normal(size=len(gradient))
        expected = torch.autograd.grad(gradient @ torch.from_numpy(v).float(), parameters, retain_graph=True)
        expected = torch.cat([part.reshape(-1) for part in expected]).numpy() + 0.1 * v
        assert product(v) == pytest.approx(expected, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("policy", policies(), ids=["categorical", "gaussian"])
def test_fisher_products_are_finite_differences_of_the_divergence(policy):
    """KL(theta, theta + h v) = h^2/2 v'Fv for small h, in double precision."""
    v = np.random.default_rng(1).normal(size=sum(p.numel() for p in policy.parameters()))
    curvature = v @ fisher_product(policy, SEEN.numpy(), 0.0)(v)
    double = policy.double()
    old, h = double(SEEN.double()).detach(), 1e-3
    before = torch.nn.utils.parameters_to_vector(double.parameters()).detach()
    found = []
    for sign in (1, -1):
        torch.nn.utils.vector_to_parameters(before + sign * h * torch.from_numpy(v), double.parameters())
        found.append(double.divergence(old, double(SEEN.double())).mean().item())
    assert curvature == pytest.approx(sum(found) / h**2, rel=1e-3)


@pytest.mark.parametrize("dense", [0, 256], ids=["products", "written out"])
@pytest.mark.parametrize("hidden", [(5,), (5, 4)])
def test_gauss_newton_products_are_sums_over_gradients(dense, hidden, monkeypatch):
    monkeypatch.setattr(trust_region, "DENSE", dense)
    net = mlp((3, *hidden, 1), torch.Generator().manual_seed(0))
    rows = torch.stack([flat_gradient(net(SEEN[n : n + 1]).sum(), list(net.parameters())) for n in range(40)]).numpy()
    layers = layers_of(net)
    _, seen = numpy_forward(layers, SEEN.numpy())
    v = np.random.default_rng(0).normal(size=rows.shape[1])
    expected = rows.T @ (rows @ v) / 40 + 0.2 * v
    assert gauss_newton_product(layers, seen, 0.2)(v) == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_a_step_is_scaled_to_the_bound():
    matrix = np.diag([1.0, 4.0])
    step = scaled_to(np.array([3.0, 1.0]), lambda v: matrix @ v, 0.02)
    assert step @ matrix @ step / 2 == pytest.approx(0.02) and step[0] / step[1] == pytest.approx(3)
    assert (scaled_to(np.zeros(2), lambda v: matrix @ v, 0.02) == 0).all()


def search(outcomes, **settings):
    """What was tried when the measures come out as given, and where it ended."""
    parameters, tried = np.array([1.0, 2.0], dtype=np.float32), []

    def measure():
        tried.append(float(parameters[0]) - 1.0)
        return outcomes[len(tried) - 1]

    found = line_search(parameters, np.array([0.8, 0.0]), measure, expected=1.0, bound=0.01, **settings)
    return found, tried, parameters


def test_the_first_good_enough_step_is_taken():
    found, tried, parameters = search([(2.0, 0.02), (-0.1, 0.005), (0.02, 0.001), (0.1, 0.0005)])
    assert tried == pytest.approx([0.8, 0.4, 0.2, 0.1], abs=1e-6), "too far, worse, too little, enough"
    assert found.accepted and found.fraction == 0.125 and parameters[0] == pytest.approx(1.1)


def test_without_a_good_step_the_parameters_are_put_back():
    """Forgetting this leaves the policy at the smallest bad step."""
    found, tried, parameters = search([(-1.0, 0.0)] * 6, trials=6)
    assert len(tried) == 6 and not found.accepted and found.fraction == 0
    assert parameters.tolist() == [1.0, 2.0]


def test_a_value_step_improves_the_fit_within_its_bound():
    net = mlp((3, 16, 1), torch.Generator().manual_seed(0))
    flat = FlatParameters([net]).flat.detach().numpy()
    target = (5 + 3 * SEEN[:, 0] - SEEN[:, 1] ** 2).numpy()
    figures = value_step(layers_of(net), flat, SEEN.numpy(), target, bound=0.01)
    assert figures["value_loss_after"] < figures["value_loss"]
    assert 0.005 < figures["value_moved"] < 0.02, "near the bound in units of the mean squared error"
    for _ in range(300):
        figures = value_step(layers_of(net), flat, SEEN.numpy(), target, bound=0.01)
    assert figures["value_loss_after"] < 0.05 * target.var()


def test_the_order_of_parameters_is_the_module_s():
    """``fisher_product`` puts log deviations first: torch lists a module's own parameters before its children's."""
    names = [name for name, _ in policies()[1].named_parameters()]
    assert names[0] == "log_deviation" and names[1] == "net.0.weight"


def test_a_value_step_never_raises_the_error():
    """Tiny inputs and large targets: the full step of the quadratic model can overshoot, as tanh is not linear."""
    draw = torch.Generator().manual_seed(3)
    seen = (0.1 * torch.randn(600, 4, generator=draw)).numpy()
    target = (15 + 12 * torch.randn(600, generator=draw)).numpy()
    fractions = []
    for seed in range(8):
        net = mlp((4, 64, 64, 1), torch.Generator().manual_seed(seed))
        flat = FlatParameters([net]).flat.detach().numpy()
        figures = value_step(layers_of(net), flat, seen, target, bound=0.01)
        after = np.square(numpy_forward(layers_of(net), seen)[0][:, 0] - target).mean()
        assert figures["value_loss_after"] == pytest.approx(after, rel=1e-4) and after <= figures["value_loss"]
        fractions.append(figures["value_fraction"])
    assert max(fractions) > 0
