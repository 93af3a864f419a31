import numpy as np
import pytest
import torch

from shoestring.activations.depth_probe import normalise, probe_depth, weights
from shoestring.activations.drawn import curve as drawn_curve
from shoestring.activations.facts import facts
from shoestring.activations.specs import parse
from shoestring.activations.torch_modules import as_torch, build
from shoestring.core.errors import BadDataError


def probe(name, **changes):
    spec = parse(name)
    settings = {"gain": facts(spec.curve()).gain, "depth": 20, "width": 128, "batch": 16, **changes}
    return probe_depth(build(spec.entry, spec.values), **settings)


def test_signals_and_gradients_are_those_of_a_loop_by_hand():
    spec = parse("tanh")
    found = probe("tanh", depth=4, width=6, batch=3, gain=1.3, seed=5)
    draw = torch.Generator().manual_seed(5)
    h = torch.randn(3, 6, generator=draw, dtype=torch.float64).numpy()
    curve, stored, matrices = spec.curve(), [], []
    for layer in range(4):
        w = torch.randn(6, 6, generator=draw, dtype=torch.float64).numpy() * (1.3 if layer else 1.0) / 6**0.5
        z = h @ w
        stored.append(z)
        matrices.append(w)
        h = curve.value(z)
    delta = torch.randn(3, 6, generator=draw, dtype=torch.float64).numpy()
    gradients = []
    for layer in reversed(range(4)):
        delta = delta * curve.slope(stored[layer])
        gradients.append(np.mean(delta**2))
        delta = delta @ matrices[layer].T
    assert found.forward == pytest.approx([np.mean(z**2) for z in stored])
    assert found.gradient == pytest.approx(gradients[::-1])
    assert found.outside is None


@pytest.mark.parametrize("init", ["normal", "uniform", "orthogonal"])
def test_weights_have_the_variance_that_was_asked_for(init):
    w = weights(200, 1.5, init, torch.Generator().manual_seed(0))
    assert float(w.square().mean()) * 200 == pytest.approx(1.5**2, rel=0.02)
    if init == "orthogonal":
        assert (w @ w.T).numpy() == pytest.approx(1.5**2 * np.eye(200), abs=1e-10)


def test_the_computed_gain_keeps_the_signal_and_others_do_not():
    for name in ("tanh", "selu", "sigmoid", "softsign"):
        kept = probe(name)
        assert 0.5 < kept.forward[-1] / kept.forward[0] < 2, name
    assert probe("relu", gain=1.0).forward[-1] < 1e-4
    assert probe("relu", gain=2.0).forward[-1] > 1e4


def test_gradients_vanish_or_explode_by_chi():
    for name in ("sigmoid", "hardtanh", "tanh"):
        found, chi = probe(name, width=256), facts(parse(name).curve()).chi
        rate = (found.gradient[0] / found.gradient[-1]) ** (1 / 19)
        assert rate == pytest.approx(chi, rel=0.08), name


def test_a_normalisation_holds_what_would_drift():
    assert probe("tanhshrink", seed=1).forward[-1] > 50 or probe("tanhshrink", seed=1).forward[-1] < 0.02
    # Scale is taken out before each activation; what enters it is measured before that, and stays put.
    assert 0.7 < probe("tanhshrink", norm="rms", seed=1).forward[-1] < 1.4


def test_each_normalisation_does_what_its_name_says():
    z = 3 + 2 * torch.randn(8, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert normalise(z, "none") is z
    assert normalise(z, "layer").mean(1).abs().max() < 1e-9 and normalise(z, "batch").mean(0).abs().max() < 1e-9
    assert normalise(z, "rms").square().mean(1).numpy() == pytest.approx(np.ones(8), abs=1e-9)


def test_where_numbers_end_is_reported():
    found = probe("relu", gain=1e5, depth=100)
    assert found.outside is not None and not np.isfinite(found.forward[-1])


def test_a_drawn_curve_can_be_stacked():
    own = drawn_curve([(-2, -0.5), (0, 0), (2, 2)])
    found = probe_depth(as_torch(own), gain=facts(own).gain, depth=5, width=64, batch=8)
    assert all(0.3 < value < 3 for value in found.forward)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth": 101}, "depth: 101 is not between 1 and 100"), ({"width": 1}, "width"), ({"gain": 0.0}, "gain"),
        ({"gain": float("inf")}, "gain"), ({"init": "x"}, "init 'x'"), ({"norm": "y"}, "norm 'y'"),
    ],
)  # fmt: skip
def test_sizes_and_words_are_checked(changes, message):
    with pytest.raises(BadDataError, match=message):
        probe("relu", **changes)
