import copy

import numpy as np
import pytest
import torch

from shoestring.rl.nets import (
    FlatParameters,
    Views,
    as_layers,
    flat_gradient,
    gradients_of,
    layers_of,
    mlp,
    numpy_backward,
    numpy_forward,
    numpy_tangent,
)


@pytest.fixture(params=[(4, 3), (4, 8, 3), (4, 8, 6, 1)])
def net(request):
    return mlp(request.param, torch.Generator().manual_seed(0), last_gain=1.0)


@pytest.fixture
def inputs(net):
    return torch.randn(11, 4, generator=torch.Generator().manual_seed(1))


def test_numpy_computes_what_torch_computes(net, inputs):
    found, _ = numpy_forward(layers_of(net), inputs.numpy())
    assert found == pytest.approx(net(inputs).detach().numpy(), abs=1e-6)


def test_layers_follow_the_training(net, inputs):
    layers = layers_of(net)
    FlatParameters([net]).flat.data.mul_(0.5)
    layers = layers_of(net)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.25)
    assert numpy_forward(layers, inputs.numpy())[0] == pytest.approx(net(inputs).detach().numpy(), abs=1e-6)


def test_the_closed_form_gradient_is_autograd_s(net, inputs):
    flat = FlatParameters([net])
    (net(inputs) ** 3).sum().backward()
    expected = flat.flat.grad.clone()
    flat.zero_grad()
    outputs, seen = numpy_forward(layers_of(net), inputs.numpy())
    numpy_backward(layers_of(net), seen, 3 * outputs**2, gradients_of(net))
    assert flat.flat.grad.numpy() == pytest.approx(expected.numpy(), rel=1e-4, abs=1e-5)
    assert flat_gradient((net(inputs) ** 3).sum(), list(net.parameters())).numpy() == pytest.approx(
        expected.numpy(), rel=1e-4, abs=1e-5
    )


def test_the_tangent_is_the_directional_derivative(net, inputs):
    layers = layers_of(net)
    _, seen = numpy_forward(layers, inputs.numpy())
    vector = torch.nn.utils.parameters_to_vector(net.parameters()).detach().double()
    direction = torch.randn(len(vector), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    found = numpy_tangent(layers, seen, as_layers(direction.float().numpy(), layers))
    double, ends = copy.deepcopy(net).double(), []
    for h in (1e-6, -1e-6):
        torch.nn.utils.vector_to_parameters(vector + h * direction, double.parameters())
        ends.append(double(inputs.double()).detach().numpy())
    assert found == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-5)


def test_one_vector_holds_all_weights_and_all_gradients(net, inputs):
    other = mlp((2, 2), torch.Generator().manual_seed(3))
    flat = FlatParameters([net, other])
    assert len(flat.flat) == sum(p.numel() for m in (net, other) for p in m.parameters())
    net(inputs).sum().backward()
    assert flat.flat.grad[:-6].abs().sum() > 0 and flat.flat.grad[-6:].tolist() == [0.0] * 6
    torch.optim.SGD([flat.flat], lr=1.0).step()
    assert (net[0].weight.reshape(-1) == flat.flat[: net[0].weight.numel()]).all()
    flat.zero_grad()
    assert not net[0].weight.grad.any()


def test_first_weights_are_orthogonal_and_come_from_the_generator():
    one, two = (mlp((8, 8, 2), torch.Generator().manual_seed(5)) for _ in range(2))
    weight = one[0].weight.detach()
    assert (weight @ weight.T).numpy() == pytest.approx(2 * np.eye(8), abs=1e-5)
    assert (weight == two[0].weight).all() and not one[0].bias.any()


def test_views_follow_training_a_move_into_one_vector_and_a_copy():
    net = mlp((3, 4, 2), torch.Generator().manual_seed(0))
    views, x = Views(net), np.ones((1, 3), dtype=np.float32)

    def same(views, net):
        return np.allclose(numpy_forward(views(), x)[0], net(torch.from_numpy(x)).detach().numpy(), atol=1e-6)

    assert same(views, net) and views() is views()
    with torch.no_grad():
        net[0].weight.mul_(2)
    assert same(views, net)
    flat = FlatParameters([net]).flat
    with torch.no_grad():
        flat.mul_(0.5)
    assert same(views, net)
    copied_views, copied = copy.deepcopy((views, net))
    with torch.no_grad():
        net[0].bias.add_(1)
        copied[0].bias.sub_(1)
    assert same(views, net) and same(copied_views, copied)
