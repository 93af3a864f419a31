import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from shoestring.similarity.calibration import Targets
from shoestring.similarity.evaluation import evaluate
from shoestring.similarity.report import html, write_report
from shoestring.similarity.verifier import Verifier

from .toys import ToyMatcher, toy_people


@pytest.fixture(scope="module")
def evaluation():
    verifier = Verifier.calibrate(
        ToyMatcher(), toy_people(40, seed=1), random_per_subject=10, targets=Targets(0.3, 0.3), title="<b>pen & ink</b>"
    )
    return evaluate(verifier, toy_people(6, seed=2), resamples=20)


@pytest.fixture(scope="module")
def page(evaluation):
    return html(evaluation)


VOID = ("meta", "path", "use", "br")


class Page(HTMLParser):
    """Every tag closed, and nothing that a browser would fetch or run."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.fetched, self.text = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action", "data") and not (value or "").startswith("#"):
                self.fetched.append(value)
            if name.startswith("on"):
                self.fetched.append(name)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(page):
    parser = Page()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_the_page_is_whole_and_asks_nobody_for_anything(page):
    parsed = read(page)
    assert parsed.fetched == [] and "script" not in parsed.tags and "link" not in parsed.tags
    assert not re.search(r"url\((?!#)|@import", page)
    assert "default-src 'none'" in page
    assert parsed.tags.count("svg") == 2
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', page)) <= set(ids)


def test_text_from_outside_is_escaped(page):
    assert "<b>pen" not in page and "&lt;b&gt;pen &amp; ink" in page


def test_what_is_shown_is_what_was_measured(evaluation, page):
    text = " ".join("".join(read(page).text).split())
    entry = evaluation.metrics["eer_skilled"]
    assert f"{entry['value']:.2%} [{entry['low']:.2%}, {entry['high']:.2%}]" in text
    for part in (
        "5-vs-1",
        "1-vs-1",
        "against strangers",
        "d'",
        "Cllr",
        "evidence sha256",
        "p005",
        "FNMR at FMR 0.0001",
    ):
        assert part in text
    assert evaluation.metrics["fnmr_at_fmr_0.0001_skilled"]["note"] in text


def test_colours_follow_the_theme(page):
    assert "prefers-color-scheme: dark" in page and "var(--ink)" in page
    assert "#010203" not in page and "#040506" not in page


@pytest.mark.parametrize(("people", "forgeries"), [(1, 4), (2, 0), (1, 0)])
def test_little_data_still_makes_a_page(people, forgeries):
    small = evaluate(ToyMatcher(), toy_people(people, forgeries=forgeries), resamples=5)
    text = "".join(read(html(small)).text)
    assert "nothing is promised" in text and "not measured" in text


def test_equal_scores_still_make_a_page(evaluation):
    protocol = evaluation.protocols[0]
    flat = replace(protocol, comparisons=replace(protocol.comparisons, score=0 * protocol.comparisons.score))
    read(html(replace(evaluation, protocols=(flat,))))


def test_html_and_json_are_written_side_by_side(evaluation, page, tmp_path):
    write_report(evaluation, tmp_path / "deep" / "report.html")
    assert json.loads((tmp_path / "deep" / "report.json").read_text()) == evaluation.as_dict()
    assert (tmp_path / "deep" / "report.html").read_text() == page
