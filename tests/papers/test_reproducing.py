import json
import sys
from dataclasses import replace
from types import ModuleType

import pytest

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.papers import find_paper
from shoestring.papers.reproducing import figure, insert_table, keep, markdown, reproduce, stored
from tests.papers.test_claims import claim

BUILT = replace(find_paper("semi-supervised"), built=True)


@pytest.fixture
def measured(monkeypatch):
    """A module ``papers/semi_supervised.py`` that measures something: the length of its root's name."""
    module = ModuleType("shoestring.papers.semi_supervised")

    def measure(*, quick, root):
        return [claim(ours=float(len(root.name)), low=None, high=None, seeds=1 if quick else 3)]

    module.measure = measure
    monkeypatch.setitem(sys.modules, module.__name__, module)


def test_claims_are_measured_kept_and_written_into_the_page(measured, tmp_path):
    page = tmp_path / "semi-supervised.md"
    page.write_text("# Title\n\n<!-- claims:semi-supervised -->\n\nMore.\n")
    result = reproduce(BUILT, root=tmp_path / "four")
    files = keep(result, tmp_path)
    assert files == [tmp_path / "results" / "semi-supervised.json", page]
    assert json.loads(files[0].read_text())["claims"][0]["ours"] == 4.0
    text = page.read_text()
    assert text.startswith("# Title") and text.endswith("\n\nMore.\n") and "| 0.955 | 4 | - | 3 | **met**" in text
    keep(result, tmp_path)
    assert page.read_text() == text, "writing twice changes nothing"
    assert stored(BUILT, tmp_path) == result.document()


def test_a_quick_result_touches_neither_the_page_nor_the_full_result(measured, tmp_path):
    page = tmp_path / "semi-supervised.md"
    page.write_text("<!-- claims:semi-supervised -->")
    full = keep(reproduce(BUILT, root=tmp_path / "four"), tmp_path)
    before = [path.read_text() for path in full]
    quick = reproduce(BUILT, quick=True, root=tmp_path / "seventh")
    assert keep(quick, tmp_path) == [tmp_path / "results" / "semi-supervised.quick.json"]
    assert [path.read_text() for path in full] == before
    assert stored(BUILT, tmp_path)["quick"] is False
    full[0].unlink()
    assert stored(BUILT, tmp_path) == quick.document()


def test_nothing_kept_is_nothing_stored(tmp_path):
    assert stored(BUILT, tmp_path) is None


def test_an_article_that_nothing_measures_is_refused(tmp_path):
    with pytest.raises(NotFoundError, match="'nobody-wrote' is not built yet"):
        reproduce(replace(BUILT, slug="nobody-wrote"), root=tmp_path)


def test_an_article_is_measured_before_it_is_called_built(measured, tmp_path):
    assert reproduce(replace(BUILT, built=False), root=tmp_path / "four").claims[0].ours == 4.0


@pytest.mark.parametrize("text", ["no marker", "<!-- claims:gae --> <!-- claims:gae -->"])
def test_a_page_without_its_one_marker_is_refused(text):
    with pytest.raises(BadDataError, match="needs the line"):
        insert_table(text, "gae", [claim()])


def test_a_page_without_measurement_says_so_until_there_is_one():
    page = "## Claims\n\n<!-- claims:gae -->\n"
    waiting = insert_table(page, "gae", [])
    assert "Not measured in full yet" in waiting and "`shoestring reproduce gae`" in waiting
    measured = insert_table(waiting, "gae", [claim()])
    assert "Not measured" not in measured and "**met**" in measured and insert_table(measured, "gae", []) == waiting


def test_the_table_survives_bars_and_line_breaks():
    rows = markdown([claim(statement="a | b", why="one\ntwo")]).splitlines()
    assert rows[2].count(" | ") == 6 and "a \\| b" in rows[2] and "one two" in rows[2]
    assert rows[-1] == "Measured with `shoestring reproduce bromley1993`."


def test_figures():
    assert [figure(value) for value in (None, 0.95513, 80.0, 123456.0, 65.0)] == ["-", "0.9551", "80", "123,456", "65"]
