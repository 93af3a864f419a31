import pytest
import torch
from torch import nn
from torch.nn import functional

from shoestring.activations.model_probe import FUNCTIONS, by_unit, probe_model
from shoestring.activations.specs import ELEMENTWISE, default
from shoestring.activations.torch_modules import build


class Net(nn.Module):
    """Calls functions and modules, in place and not."""

    def __init__(self):
        super().__init__()
        self.first, self.act, self.second = nn.Linear(4, 6), nn.ReLU(inplace=True), nn.Linear(6, 2)

    def forward(self, x):
        return torch.tanh(self.second(functional.gelu(self.act(self.first(x)))))


@pytest.fixture
def net():
    torch.manual_seed(0)
    made = Net()
    with torch.no_grad():
        made.first.bias[:2] = -1000.0
    return made


def test_functions_and_modules_are_seen_in_order_with_their_dead_units(net):
    x = torch.randn(50, 4)
    found = probe_model(net, lambda: net(x))
    assert [(one.module, one.function) for one in found] == [("act", "relu"), ("", "gelu"), ("", "tanh")]
    relu = found[0]
    before = net.first(x).detach()
    assert relu.dead == [0, 1] == torch.nonzero((before <= 0).all(0)).flatten().tolist()
    assert relu.mean == pytest.approx(float(before.relu().mean()), rel=1e-5)
    assert relu.deviation == pytest.approx(float(before.relu().std(correction=0)), rel=1e-4)
    document = relu.document()
    assert document["zeros"] == pytest.approx(float((before <= 0).float().mean())) == document["saturated"]


def test_units_are_dead_only_if_they_never_live(net):
    batches = [torch.randn(20, 4), torch.cat([torch.randn(1, 4), torch.full((1, 4), 1e6)])]
    with torch.no_grad():
        net.first.weight[0] = 1.0
        net.first.weight[1] = 0.0
    (relu, *_) = probe_model(net, lambda: [net(batch) for batch in batches])
    assert relu.calls == 2 and relu.dead == [1]


def test_the_model_works_as_before(net):
    x = torch.randn(8, 4, requires_grad=True)
    plain = net(x)
    kept = {}
    probe_model(net, lambda: kept.update(y=net(x)))
    assert torch.equal(kept["y"], plain)
    assert torch.equal(torch.autograd.grad(kept["y"].sum(), x)[0], torch.autograd.grad(plain.sum(), x)[0])
    assert not net._forward_hooks and not net.act._forward_pre_hooks


def test_hooks_go_away_when_the_model_raises(net):
    with pytest.raises(RuntimeError):
        probe_model(net, lambda: net(torch.zeros(3, 3)))
    assert not net.first._forward_hooks and not net.first._forward_pre_hooks


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=lambda entry: entry.name)
def test_every_elementwise_module_of_the_catalogue_is_seen(entry):
    module = build(entry, default(entry).values)
    (one,) = probe_model(module, lambda: module(torch.randn(5, 3, dtype=torch.float64)))
    # ReLU6 is a Hardtanh in torch.
    assert one.function in (entry.name, entry.name.removesuffix("_tanh"), "hardtanh")
    assert one.elements == 15


def test_no_grad_and_random_calls_are_fine():
    module = nn.Sequential(nn.RReLU(), nn.Dropout()).train()
    with torch.no_grad():
        (one,) = probe_model(module, lambda: module(torch.randn(5, 3)))
    assert one.function == "rrelu" and one.module == "0"


@pytest.mark.parametrize("kind", [nn.ReLU, nn.PReLU])
def test_inference_mode_is_fine(kind):
    module = kind()
    with torch.inference_mode():
        (one,) = probe_model(module, lambda: module(torch.tensor([[-1.0, 2.0], [-3.0, 1.0]])))
    assert one.dead == ([0] if kind is nn.ReLU else [])


def test_units_are_channels_of_images_and_the_last_axis_of_the_rest():
    alive = torch.zeros(2, 3, 4, 4, dtype=torch.bool)
    alive[1, 2, 0, 0] = True
    assert by_unit(alive).tolist() == [False, False, True]
    sequence = torch.zeros(2, 5, 3, dtype=torch.bool)
    sequence[0, 4, 1] = True
    assert by_unit(sequence).tolist() == [False, True, False] and by_unit(torch.tensor(True)).tolist() == [True]


def test_names_of_functions_are_those_of_the_catalogue():
    assert set(FUNCTIONS.values()) <= {entry.name for entry in ELEMENTWISE}
