"""The table of articles: complete, and true about what is built."""

import importlib.util

import pytest

from shoestring.core.errors import NotFoundError
from shoestring.papers import PAPERS, find_paper

SLUGS = [
    "rl-tour", "dalle", "powersgd", "sbert", "facenet", "chopra2005", "bromley1993", "gae", "active-learning",
    "activations", "semi-supervised", "pgpe", "exploration",
]  # fmt: skip


def test_the_thirteen_articles_in_their_order():
    assert [paper.slug for paper in PAPERS] == SLUGS
    assert all(paper.title and paper.headline.endswith(".") for paper in PAPERS)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.slug)
def test_an_article_is_called_built_exactly_when_it_can_be_measured(paper):
    module = importlib.util.find_spec(f"shoestring.papers.{paper.slug.replace('-', '_')}")
    assert paper.built == (module is not None)


def test_an_unknown_article_gets_a_hint():
    assert find_paper("gae").scarce == "env_steps"
    with pytest.raises(NotFoundError, match="did you mean 'bromley1993'"):
        find_paper("bromley1992")
