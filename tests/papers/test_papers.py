"""The table of articles: complete, and true about what is built."""

import importlib.util
import json
from pathlib import Path

import pytest

from shoestring.core.errors import NotFoundError
from shoestring.papers import PAPERS, find_paper
from shoestring.papers.claims import document, read
from tests.papers.test_claims import claim

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "papers" / "results"

SLUGS = [
    "rl-tour", "dalle", "powersgd", "sbert", "facenet", "chopra2005", "bromley1993", "gae", "active-learning",
    "activations", "semi-supervised", "pgpe", "exploration",
]  # fmt: skip


def test_the_thirteen_articles_in_their_order():
    assert [paper.slug for paper in PAPERS] == SLUGS
    assert all(paper.title and paper.headline.endswith(".") for paper in PAPERS)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.slug)
def test_an_article_is_called_built_exactly_when_its_claims_were_measured_in_full(paper):
    assert paper.built == bool(measured(paper.slug))


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.slug)
def test_what_was_measured_can_be_measured_again(paper):
    module = importlib.util.find_spec(f"shoestring.papers.{paper.slug.replace('-', '_')}")
    assert module is not None or not measured(paper.slug)


def test_a_quick_result_and_one_without_claims_are_none(tmp_path):
    assert measured("gae", tmp_path) == []
    for quick, claims in ((True, [claim()]), (False, [])):
        (tmp_path / "gae.json").write_text(json.dumps(document("gae", claims, quick=quick)))
        assert measured("gae", tmp_path) == []
    (tmp_path / "gae.json").write_text(json.dumps(document("gae", [claim()], quick=False)))
    assert len(measured("gae", tmp_path)) == 1


def measured(slug, results=RESULTS):
    """The claims of a full measurement that is committed; none without one."""
    path = results / f"{slug}.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"quick": True}
    return [] if found["quick"] else read(found)


def test_an_unknown_article_gets_a_hint():
    assert find_paper("gae").scarce == "env_steps"
    with pytest.raises(NotFoundError, match="did you mean 'bromley1993'"):
        find_paper("bromley1992")
