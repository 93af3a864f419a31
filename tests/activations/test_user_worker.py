"""In this process, since starting torch anew for each case would take the time."""

from pathlib import Path

import numpy as np
import pytest

from shoestring.activations.facts import facts
from shoestring.activations.specs import parse
from shoestring.activations.torch_modules import build
from shoestring.activations.user_worker import as_curve, check, examine, load
from shoestring.core.errors import BadDataError
from tests.activations import own_functions

FILE = Path(own_functions.__file__)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("shape", r"returned the shape \(\) for an input of shape \(4001,\)"), ("nan", "its value at x = -10 is nan"),
        ("raises", "calling it raised ValueError: something is wrong"), ("detached", "not differentiable"),
        ("constant", "not differentiable"), ("random", "it is random"), ("mixing", "not elementwise"),
        ("a_list", "returned list instead of a tensor"), ("whole", "torch.int64"),
        ("sqrt", "its slope at x = 0 is (nan|inf)"),
    ],
)  # fmt: skip
def test_what_is_no_activation_is_named(name, message):
    with pytest.raises(BadDataError, match=message):
        check(load(FILE, name))


@pytest.mark.parametrize("name", ["not_callable", "missing"])
def test_what_cannot_be_called_is_named(name):
    with pytest.raises(BadDataError, match=f"no function {name!r}"):
        load(FILE, name)


def test_a_file_that_raises_is_named(tmp_path):
    (tmp_path / "bad.py").write_text("1 / 0\n")
    with pytest.raises(BadDataError, match="loading the file raised ZeroDivisionError"):
        load(tmp_path / "bad.py", "f")


def test_kinks_and_jumps_are_found_where_they_are():
    kinked, jumping = (facts(as_curve(load(FILE, name))) for name in ("kinked", "jumping"))
    (kink,) = kinked.breaks
    assert kink.x == pytest.approx(0.3, abs=1e-7) and (kink.left, kink.right, kink.autograd) == (0.1, 1.0, 0.1)
    (jump,) = jumping.breaks
    assert jump.x == pytest.approx(1.0, abs=1e-7) and jump.jump == pytest.approx(1, abs=1e-6)
    assert jumping.lipschitz == np.inf and kinked.lipschitz == 1


@pytest.mark.parametrize("name", ["relu", "hardtanh", "hardshrink", "hardswish", "mish", "selu", "hardsigmoid"])
def test_a_function_of_torch_gets_the_facts_of_its_closed_form(name):
    spec = parse(name)
    module = build(spec.entry, spec.values)
    check(module)
    ours, exact = facts(as_curve(module)), facts(spec.curve())
    for key in ("mean", "second_moment", "slope_moment", "dead", "saturated", "slope_bound", "length_slope"):
        assert vars(ours)[key] == pytest.approx(vars(exact)[key], abs=2e-6), key
    assert [one.x for one in ours.breaks] == pytest.approx([one.x for one in exact.breaks], abs=1e-7)
    assert [one.autograd for one in ours.breaks] == pytest.approx([one.autograd for one in exact.breaks], abs=1e-7)


def test_a_module_is_examined_like_a_function_and_can_be_stacked():
    request = {"file": str(FILE), "name": "Module", "low": -2.0, "high": 2.0, "points": 5, "depth": {"depth": 3}}
    found = examine(request)
    assert found["facts"]["gain"] == pytest.approx((2 / 1.04) ** 0.5, abs=1e-6)
    assert len(found["depth"]["forward"]) == 3 and found["name"] == "Module"
