"""The process of its own: its answer, its errors and its time limit."""

import time
from pathlib import Path

import pytest

from shoestring.activations.user_curve import split, user_curve
from shoestring.core.errors import BadDataError, NotFoundError
from tests.activations import own_functions

FILE = Path(own_functions.__file__)


def test_names_are_told_from_files():
    assert split("gelu") is None and split("elu:alpha=0.5") is None and split("own.py:not a name") is None
    assert split(f"{FILE}:swishy") == (FILE, "swishy")
    with pytest.raises(NotFoundError, match="nothing.py: no such file"):
        split("nothing.py:f")


def test_the_answer_of_the_process(capfd):
    found = user_curve(FILE, "swishy", low=-1, high=1, points=3, seconds=120)
    assert found["x"] == [-1, 0, 1] and found["value"][1] == 0 and found["slope"][1] == pytest.approx(0.5)
    assert capfd.readouterr().out == ""


@pytest.mark.slow
def test_an_error_comes_back_with_the_name():
    with pytest.raises(BadDataError, match=r"own_functions.py:raises: calling it raised ValueError"):
        user_curve(FILE, "raises", seconds=120)


def test_a_function_that_takes_minutes_is_stopped_and_nothing_stays_behind():
    began = time.monotonic()
    with pytest.raises(BadDataError, match="took longer than 3 s and was stopped"):
        user_curve(FILE, "forever", seconds=3)
    assert time.monotonic() - began < 60
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"user_worker" in _read(path)]


def _read(path):
    try:
        return path.read_bytes() if b"forever" in path.with_name("environ").read_bytes() else b""
    except OSError:
        return b""
