"""The installed torch: coverage by introspection, derivatives, and what autograd returns at every break."""

import numpy as np
import pytest
import torch
from torch import nn

from shoestring.activations import torch_modules
from shoestring.activations.catalog import ENTRIES, find
from shoestring.activations.specs import ELEMENTWISE, default, parse
from shoestring.activations.torch_modules import as_torch, build, compare, derivatives, exported, uncovered, vanished

GRID = np.linspace(-12, 12, 6001)
ROUNDED = {"hardsigmoid", "celu:alpha=0.4"}
SINGLE = 1e-7
"""Torch rounds 1/6 and 1/alpha to single precision in the backward passes of these, also for doubles."""
PARAMETERS = (
    "threshold:threshold=0.5:value=-2", "leaky_relu:negative_slope=-0.3", "prelu:init=0.6", "rrelu:lower=0:upper=0.9",
    "elu:alpha=2.5", "celu:alpha=0.4", "softplus:beta=3:threshold=6", "hardtanh:min_val=-2:max_val=0.5",
    "softshrink:lambd=1.5", "hardshrink:lambd=1.25",
)  # fmt: skip
SPECS = [*(default(entry) for entry in ELEMENTWISE), *(parse(text) for text in PARAMETERS)]


def test_every_activation_that_torch_exports_has_an_entry():
    """Fails with a torch that exports a new one: write its entry and its closed form."""
    assert uncovered() == ()
    assert vanished() == ()
    assert len(exported()) >= 30


def test_an_activation_without_an_entry_is_noticed(monkeypatch):
    new = type("Newish", (nn.Module,), {"__module__": "torch.nn.modules.activation"})
    monkeypatch.setattr(nn, "Newish", new, raising=False)
    assert uncovered() == ("Newish",)
    monkeypatch.setattr(torch_modules, "ENTRIES", [e for e in ENTRIES if e.name != "mish"])
    assert uncovered() == ("Mish", "Newish")


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.text)
def test_closed_forms_agree_with_autograd_and_with_differences(spec):
    found = compare(spec.curve(), build(spec.entry, spec.values), GRID)
    near = SINGLE if spec.text in ROUNDED else 1e-12
    assert found.value < 1e-12 and found.slope < near
    assert found.slope_by_differences < 1e-9 and found.curvature_by_differences < 1e-8
    if spec.entry.name == "hardsigmoid":
        assert found.curvature is None and "hardsigmoid_backward" in found.why
    else:
        assert found.curvature is not None and found.curvature < near and not found.why


@pytest.mark.parametrize("spec", [s for s in SPECS if s.curve().breaks], ids=lambda spec: spec.text)
def test_breaks_take_the_side_that_torch_takes(spec):
    curve = spec.curve()
    x = np.array(curve.breaks)
    value, slope, _, _ = derivatives(build(spec.entry, spec.values), x)
    assert curve.value(x) == pytest.approx(value, abs=1e-12)
    assert curve.slope(x) == pytest.approx(slope, abs=SINGLE)


def test_random_relu_has_the_mean_slope_in_evaluation_and_its_expectation_in_training():
    spec = default(find("rrelu"))
    module = build(spec.entry, spec.values)
    x = torch.full((40_000,), -1.0, dtype=torch.float64)
    assert (module(x) == -11 / 48).all()
    torch.manual_seed(0)
    drawn = -module.train()(x)
    assert drawn.min() >= 1 / 8 and drawn.max() <= 1 / 3
    error = (1 / 3 - 1 / 8) / 12**0.5 / 200
    assert float(drawn.mean()) == pytest.approx(11 / 48, abs=4 * error)


def test_prelu_learns_its_slope():
    spec = default(find("prelu"))
    module = build(spec.entry, spec.values)
    x = torch.tensor([-2.0, 3.0, -0.5], dtype=torch.float64)
    module(x).sum().backward()
    assert module.weight.grad.tolist() == [-2.5]


def test_both_forms_of_gelu_are_built():
    x = torch.tensor([0.7], dtype=torch.float64)
    exact, approximate = (build(find(name), {})(x).item() for name in ("gelu", "gelu_tanh"))
    assert exact == pytest.approx(0.7 * 0.758036, abs=1e-6) and 1e-6 < abs(exact - approximate) < 5e-4


def test_a_curve_inside_autograd_has_its_values_and_slopes():
    spec = parse("mish")
    x = np.linspace(-3, 3, 50)
    ours, torchs = derivatives(as_torch(spec.curve()), x), derivatives(build(spec.entry, spec.values), x)
    assert ours[0] == pytest.approx(torchs[0]) and ours[1] == pytest.approx(torchs[1])
    single = torch.tensor([0.5, -1.0], requires_grad=True)
    out = as_torch(spec.curve())(single)
    out.sum().backward()
    assert out.dtype == single.grad.dtype == torch.float32
