import click
import pytest
from click.testing import CliRunner

from shoestring.activations.catalog import ENTRIES
from shoestring.cli.activations import activations, complete_activation
from tests.activations import own_functions

OWN = own_functions.__file__


def test_the_list_names_every_entry_here_and_in_list(shell):
    document = shell.json("activations", "list")
    assert [entry["name"] for entry in document["activations"]] == [entry.name for entry in ENTRIES]
    assert shell.json("list", "activations")["activations"] == document["activations"]


def test_every_subcommand_speaks_json_and_has_help():
    for name, command in activations.commands.items():
        assert {"--json", "--quiet", "--debug"} <= {opt for parameter in command.params for opt in parameter.opts}
        assert CliRunner().invoke(activations, [name, "--help"]).exit_code == 0 and command.help


def test_show_prints_the_facts_and_the_values_that_were_asked_for(shell):
    text = shell("activations", "show", "hardswish", "--at", "-3", "--at", "1").stdout
    assert "Lipschitz constant" in text and "1.5" in text and "0.666666667" in text
    document = shell.json("activations", "show", "elu:alpha=0.5", "--at", "0")
    assert document["at"] == [{"x": 0, "value": 0, "slope": 0.5, "curvature": 0.5}]
    assert (
        document["facts"]["gain"] == pytest.approx(1.3656, abs=1e-3) and document["python"] == "torch.nn.ELU(alpha=0.5)"
    )


def test_show_knows_functions_without_a_curve(shell):
    assert "J = diag(s) - s s^T" in shell("activations", "show", "Softmax").stdout


def test_show_examines_a_function_of_the_user(shell):
    document = shell.json("activations", "show", f"{OWN}:kinked", "--seconds", "120")
    assert document["facts"]["breaks"][0]["x"] == pytest.approx(0.3)
    failed = shell.json("activations", "show", f"{OWN}:shape", "--seconds", "120", code=5)
    assert "returned the shape ()" in failed["error"]["message"]
    shell("activations", "show", "nothing.py:f", code=3)


def test_wrong_names_and_parameters_have_their_exit_codes(shell):
    assert "did you mean 'mish'" in shell("activations", "show", "mihs", code=3).stderr
    assert "not between" in shell("activations", "show", "elu:alpha=99", code=2).stderr


def test_names_are_completed():
    found = complete_activation(
        click.Context(activations), activations.params[0] if activations.params else None, "soft"
    )
    assert {item.value for item in found} == {"softplus", "softsign", "softshrink", "softmax", "softmin", "softmax2d"}
