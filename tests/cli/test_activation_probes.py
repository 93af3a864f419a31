import numpy as np
import pytest
import torch

from shoestring.activations.drawn import curve
from tests.activations import own_functions
from tests.recipes.pen import small_verifier

OWN = own_functions.__file__


def test_depth_prints_layers_and_gives_all_of_them_as_json(shell):
    document = shell.json("activations", "depth", "tanh", "--depth", 7, "--width", 32, "--norm", "rms", "--seed", 3)
    assert len(document["forward"]) == len(document["gradient"]) == 7 and document["asked"]["gain"] > 1.59
    assert shell("activations", "depth", "relu", "--depth", 3, "--width", 16).stdout.count("\n") == 4
    assert "elementwise" not in shell("activations", "depth", "softmax", code=5).stdout


@pytest.mark.slow
def test_depth_takes_a_function_of_the_user(shell):
    document = shell.json("activations", "depth", f"{OWN}:swishy", "--depth", 2, "--width", 16, "--seconds", 120)
    assert len(document["forward"]) == 2


def test_cost_measures_each_name(shell):
    document = shell.json("activations", "cost", "relu", "gelu", "--elements", 4096)
    assert [one["name"] for one in document["costs"]] == ["relu", "gelu"]
    assert all(one["forward"] > 0 and one["saved"] == 4 for one in document["costs"])


def test_draw_prints_code_that_works(shell, tmp_path):
    target = tmp_path / "own.py"
    result = shell("activations", "draw", "--file", target, "--", "-2,-0.5", "0,0", "2,3")
    names: dict = {}
    exec(compile(target.read_text(), "own", "exec"), names)
    assert result.stdout == target.read_text() and "gain that keeps the variance" in result.stderr
    x = np.linspace(-4, 4, 33)
    ours = curve([(-2, -0.5), (0, 0), (2, 3)]).value(x)
    assert names["drawn"](torch.from_numpy(x)).numpy() == pytest.approx(ours)


@pytest.mark.parametrize(("words", "code"), [(("1,2",), 5), (("1;2", "3,4"), 2), (("a,b", "1,2"), 2)])
def test_points_that_are_none_are_named(shell, words, code):
    shell("activations", "draw", *words, code=code)


def test_probe_reports_the_activations_of_a_module_in_a_file(shell):
    (one,) = shell.json("activations", "probe", f"{OWN}:net")["activations"]
    assert (one["module"], one["function"], one["units"]) == ("1", "relu", 8)
    assert "relu" in shell("activations", "probe", f"{OWN}:net").stdout


@pytest.mark.parametrize("name", ["raises", "swishy", "missing", "not_callable"])
def test_probe_says_what_a_file_must_hold(shell, name):
    shell("activations", "probe", f"{OWN}:{name}", code=5)


def test_probe_looks_into_the_network_of_a_model(shell, tmp_path):
    verifier = small_verifier()
    verifier.save(tmp_path / "model")
    network = isinstance(vars(verifier.matcher).get("encoder"), torch.nn.Module)
    shell("activations", "probe", tmp_path / "model", code=0 if network else 3)
