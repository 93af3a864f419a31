import io
import sys

import pytest

from shoestring.core import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_without_a_terminal_there_is_an_early_line_and_then_one_every_thirty_seconds(clock, capsys):
    report = progress.ProgressReport(1000, 0)
    for step in range(1, 101):
        clock[0] = step
        report.update(step, {"loss": 0.25}, {"labels": 1200})
    report.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "step 5/1000  loss 0.25  1,200 labels spent  1.0 steps/s  995 s left"
    assert [line.split()[1] for line in lines] == ["5/1000", "35/1000", "65/1000", "95/1000"]


def test_quiet_says_nothing(clock, capsys):
    report = progress.ProgressReport(10, 0, quiet=True)
    clock[0] = 100.0
    report.update(1, {}, {})
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(sys, "stderr", Terminal())
    report = progress.ProgressReport(10, 0)
    report.update(10, {"loss": 0.5}, {})
    report.close()
    assert "10/10" in sys.stderr.getvalue() and "loss 0.5" in sys.stderr.getvalue()
