import pytest

from shoestring.cli import doctor as module
from shoestring.cli.checks import Check


@pytest.mark.parametrize(("level", "code"), [("ok", 0), ("note", 0), ("missing", 1)])
def test_only_what_is_missing_is_a_failure(shell, monkeypatch, level, code):
    monkeypatch.setattr(module, "all_checks", lambda port: [Check("thing", level, f"at {port}", "do this")])
    document = shell.json("doctor", "--port", 4321, code=code)
    assert document["ok"] is (code == 0)
    assert document["checks"] == [{"name": "thing", "level": level, "found": "at 4321", "hint": "do this"}]
    shown = shell("doctor", code=code).stdout
    assert "do this" in shown and ("MISSING" in shown) == bool(code)


def test_all_checks_run_here(shell):
    names = [check.name for check in module.all_checks(1)]
    assert {"python", "torch", "packages", "memory", "runs", "port", "command", "studio", "pen model"} <= set(names)
