import json
import sys
from importlib.util import find_spec
from types import ModuleType

import pytest

from shoestring.papers import PAPERS
from tests.papers.test_claims import claim

BUILT = [paper.slug for paper in PAPERS if paper.built]


@pytest.fixture
def measured(monkeypatch):
    """Stands in for the minutes that the real measurement takes; the machinery around it is the real one."""
    asked = []

    def measure(*, quick, root):
        asked.append((quick, root))
        return [claim()]

    for slug in BUILT:
        module = ModuleType(f"shoestring.papers.{slug.replace('-', '_')}")
        module.measure = measure
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return asked


def test_claims_are_printed_as_table_and_as_document(shell, measured, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = shell("reproduce", "bromley1993", "--quick")
    assert "accepted     0.955      0.9   [0.85, 0.96]  met" in shown.stdout and "measuring the claims" in shown.stderr
    document = shell.json("reproduce", "bromley1993")
    assert document["schema"] == "shoestring.claims/1" and document["claims"][0]["verdict"] == "met"
    assert measured == [(True, shell.runs), (False, shell.runs)] and not (tmp_path / "docs").exists()
    papers = shell.json("reproduce", "all", "--quick")["papers"]
    assert [paper["paper"] for paper in papers] == BUILT


def test_results_are_kept_where_the_documentation_is(shell, measured, tmp_path, monkeypatch):
    (tmp_path / "docs" / "papers").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    shown = shell("reproduce", "bromley1993")
    path = tmp_path / "docs" / "papers" / "results" / "bromley1993.json"
    assert json.loads(path.read_text())["claims"][0]["ours"] == 0.9 and "results/bromley1993.json" in shown.stderr
    shell("reproduce", "bromley1993", "--docs", tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "results" / "bromley1993.json").is_file()


def test_what_cannot_be_reproduced(shell):
    assert "did you mean 'bromley1993'" in shell("reproduce", "bromley1992", code=3).stderr
    modules = (f"shoestring.papers.{paper.slug.replace('-', '_')}" for paper in PAPERS)
    absent = [paper.slug for paper, module in zip(PAPERS, modules, strict=True) if find_spec(module) is None]
    missing = absent[0] if absent else None
    if missing is not None:
        expected = f"{missing!r} is not built yet; built: {', '.join(BUILT)}"
        assert expected in shell("reproduce", missing, code=3).stderr
