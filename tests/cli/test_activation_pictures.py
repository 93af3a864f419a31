import csv
import io

import pytest

from shoestring.activations.documents import curve_document
from shoestring.activations.specs import ELEMENTWISE, parse
from shoestring.cli.activation_pictures import csv_of
from tests.activations import own_functions

OWN = own_functions.__file__


def test_named_functions_are_drawn_and_bad_ones_named(shell, tmp_path):
    """The rest of the gallery is drawn although one function is no activation and another one never ends."""
    out = tmp_path / "pictures"
    words = ["gelu", f"{OWN}:nan", f"{OWN}:forever", "softmax", "--out", out, "--format", "png", "--seconds", 20]
    failed = shell("activations", "plot", *words, code=5)
    assert sorted(path.name for path in out.iterdir()) == ["gelu.png", "softmax.png"]
    assert "its value at x = -10 is nan" in failed.stderr and "took longer than 20 s" in failed.stderr


@pytest.mark.slow
def test_a_user_function_is_drawn_like_the_others(shell, tmp_path):
    shell("activations", "plot", f"{OWN}:swishy", "elu:alpha=2", "--out", tmp_path, "--seconds", 120)
    names = ["elu-alpha=2.svg", "own_functions-swishy.svg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert "<svg" in (tmp_path / names[1]).read_text()


@pytest.mark.slow
def test_everything_and_a_poster(shell, tmp_path):
    document = shell.json("activations", "plot", "--out", tmp_path, "--format", "pdf", "--theme", "dark")
    assert len(document["files"]) == 32 and (tmp_path / "activations-poster-dark.pdf").read_bytes().startswith(b"%PDF")


def test_all_curves_are_exported_with_their_numbers(shell, tmp_path):
    document = shell.json("activations", "export", "--out", tmp_path, "--points", 5, "--x", -1, 1)
    assert len(document["files"]) == len(ELEMENTWISE)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "relu.csv").read_text())))
    assert [row["x"] for row in rows if float(row["x"]) in (-1, 0, 1)] == ["-1.0", "0.0", "1.0"]
    assert next(row for row in rows if row["x"] == "0.0") == {
        "x": "0.0",
        "value": "0.0",
        "slope": "",
        "curvature": "0.0",
    }


def test_json_exports_carry_the_facts(shell, tmp_path):
    shell("activations", "export", "tanh", "--out", tmp_path, "--format", "json")
    assert '"gain": 1.59' in (tmp_path / "tanh.json").read_text()


def test_a_table_has_a_row_for_each_place():
    document = curve_document("tanh", parse("tanh").curve(), -1, 1, 11)
    assert csv_of(document).count("\n") == 12
