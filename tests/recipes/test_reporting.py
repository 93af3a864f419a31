import re
from html.parser import HTMLParser

import pytest

from shoestring.core.folder import RunFolder
from shoestring.recipes.reporting import report
from shoestring.recipes.training import train
from tests.recipes.logistic import TABLE


class Page(HTMLParser):
    """Collects tags, and everything that would be fetched."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.fetched = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.fetched += [value for key, value in attrs if key in ("src", "href", "srcset", "data")]


@pytest.fixture
def runs(preset, tmp_path):
    def short(seed, rows):
        changes = ["steps=10", "eval_every=5", f"rows={rows}"]
        return train(str(preset), changes, seed=seed, root=tmp_path / "runs", quiet=True, recipes=TABLE)

    return [short(seed, rows) for seed, rows in ((0, 64), (1, 64), (0, 32))]


def test_a_report_needs_nothing_else_and_shows_every_part(runs):
    text = report(runs[:1])
    page = Page(text)
    assert page.fetched == [] and "script" not in page.tags and "default-src 'none'" in text
    assert text.count("<svg") == 2, "one curve for the loss, one for the error"
    for part in (runs[0].id, "labels", "no limit", "learning_rate = 0.05", "made by this test", "torch", "[0"):
        assert part in text


def test_several_runs_share_their_charts_and_say_what_differs(runs):
    text = report(runs)
    assert text.count("<svg") == 2 and text.count("<polyline") == 6
    assert '<td class="n">rows</td>' in text and "seed=1 rows=64" in text and "seed=0 rows=32" in text


def test_curves_over_a_budget_end_where_the_spending_ends(runs):
    labels = re.search(r'aria-label="loss over labels".*?</svg>', report(runs[:1], "labels"), re.S)
    assert labels and ">80</text>" in labels[0], "10 steps of 8 labels"


def test_nothing_in_a_run_becomes_markup(tmp_path):
    run = RunFolder.create(tmp_path, "x", 'data = "<script>alert(1)</script>"\n', {"preset": "<img src=x>"})
    (run.path / "metrics.jsonl").write_text('{"attempt":1,"step":1,"t":1,"k":"<svg onload=x>","v":1}\n')
    page = Page(report([run]))
    assert "script" not in page.tags and "img" not in page.tags and page.tags.count("svg") == 1


def test_a_run_that_never_started_has_a_report(tmp_path):
    run = RunFolder.create(tmp_path, "x", "", {"kind": "run"})
    text = report([run])
    assert "Nothing was logged" in text and "none yet" in text and "Nothing was spent" in text
