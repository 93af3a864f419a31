import json
import math
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

from shoestring.cli.output import Output, interval, number, plain, speaks, table


@click.command()
@speaks
def hello(out: Output) -> None:
    out.narrate("thinking")
    out.result("shoestring.test/1", {"value": math.nan, "place": Path("a")}, "the result")


def test_results_and_narration_have_their_own_streams():
    shown = CliRunner().invoke(hello, [])
    assert (shown.stdout, shown.stderr) == ("the result\n", "thinking\n")
    quiet = CliRunner().invoke(hello, ["--quiet"])
    assert (quiet.stdout, quiet.stderr) == ("the result\n", "")
    document = CliRunner().invoke(hello, ["--json"])
    assert json.loads(document.stdout) == {"schema": "shoestring.test/1", "value": None, "place": "a"}
    assert document.stderr == "thinking\n"


def test_everything_becomes_plain_json():
    value = {1: (np.float32(0.5), np.arange(2), math.inf, True, None), "x": {"y": np.int64(3)}}
    assert plain(value) == {"1": [0.5, [0, 1], None, True, None], "x": {"y": 3}}
    with pytest.raises(TypeError, match="object"):
        plain(object())


def test_tables_are_aligned_and_never_cut():
    text = table(["a", "b"], [["x" * 200, 1], ["y", ""]])
    lines = text.splitlines()
    assert lines[1] == "x" * 200 + "  1" and lines[0].index("b") == 202 and lines[2] == "y"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (math.nan, "-"),
        (3004, "3,004"),
        (0.05678, "0.05678"),
        (0.123456, "0.1235"),
        (80.0, "80"),
        (1e20, "1e+20"),
    ],  # fmt: skip
)
def test_numbers(value, text):
    assert number(value) == text


def test_intervals():
    assert interval({"value": 0.081, "low": 0.07, "high": 0.0931}) == "0.081 [0.07, 0.0931]"
    assert interval({"value": None, "low": None, "high": None}) == "-"
    assert interval({"value": 1, "low": 0, "high": 2}) == "1 [0, 2]" and interval(5) == "5"
