"""Pairs taught on the Search page, from the first key to new vectors, with a real training process."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from shoestring.service.models import Models
from shoestring.service.settings import Settings
from shoestring.similarity.collection import Collections, Teaching
from tests.similarity.lessons import lessons_with_a_cause

from .conftest import Studio, Watched, painted, script, serving

ROWS = 160


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Rows of two kinds; only one number of each vector tells the kind, and the id does."""
    place = tmp_path_factory.mktemp("taught")
    settings = Settings(port=0, runs=place / "runs", database=f"sqlite:///{place / 'people.sqlite'}", warm=False)
    store = Collections.open(settings.collections_url)
    vectors = lessons_with_a_cause(ROWS // 2).vectors
    kinds = np.where(vectors[:, 0] > 0, "plus", "minus")
    rows = [
        {"id": f"{kind}{n}", "text": f"row {n}", "vector": v}
        for n, (kind, v) in enumerate(zip(kinds, vectors, strict=True))
    ]
    store.create("tickets", model="base", source="text", modality="text").add(rows, model="base")
    store.close()
    return settings


@pytest.fixture(scope="module")
def taught(home: Settings) -> Iterator[Studio]:
    yield from serving(replace(home), Models(), home.runs)


@pytest.fixture
def page(watched: Watched, taught: Studio) -> Page:
    watched.url = taught.url
    watched.page.goto(f"{taught.url}/search/tickets?tab=pairs&threshold=0.5")
    watched.page.wait_for_selector(".pair")
    return watched.page


def stored(home: Settings) -> list[list[object]]:
    store = Collections.open(home.collections_url)
    try:
        return [[one.first, one.second, one.same] for one in Teaching(store.get("tickets")).answers()]
    finally:
        store.close()


def test_quick_keys_teach_what_was_shown_and_what_is_learned_is_used_when_accepted(
    page: Page, watched: Watched, home: Settings
) -> None:
    shown = page.locator(".pair-side code").all_inner_texts()
    page.keyboard.press("s")
    page.locator(".answers li").first.wait_for(state="attached")
    assert stored(home)[0][:2] == sorted(shown)
    page.keyboard.press("Backspace")
    expect(page.locator(".toast")).to_contain_text("Taken back")
    assert stored(home) == []

    page.keyboard.press("l")
    expect(page.locator(".notice.bad")).to_contain_text("at least 10 of each are needed")
    watched.expect_refusal(422)
    given: list[list[object]] = []
    while len(given) < 70:
        page.locator(".pair").wait_for()
        given += page.evaluate(script("answer"), 70 - len(given))
    expect(page.locator("main")).to_contain_text("70 answers given")
    assert stored(home) == given
    expect(page.locator("main")).to_contain_text("where your answers change")

    before = Collections.open(home.collections_url).get("tickets").vectors()[0].copy()
    page.keyboard.press("l")
    page.locator(".learned").wait_for(timeout=120_000)
    expect(page.locator(".learn-part .notice")).to_have_count(1)
    np.testing.assert_array_equal(Collections.open(home.collections_url).get("tickets").vectors()[0], before)
    page.wait_for_url("**run=*")
    page.reload()
    page.locator(".learned").wait_for()
    page.keyboard.press("y")
    expect(page.locator(".learn-part .chip.good")).to_contain_text("in use")
    after = Collections.open(home.collections_url).get("tickets").vectors()[0]
    assert np.abs(after - before).max() > 0.01
    page.reload()
    expect(page.locator(".learn-part .chip.good")).to_contain_text("in use")


def test_a_hit_is_called_the_same_as_the_row_it_was_found_by(watched: Watched, taught: Studio, home: Settings) -> None:
    page = watched.page
    one = Collections.open(home.collections_url).get("tickets").vectors()[1][0]
    page.goto(f"{taught.url}/search/tickets?by=id&q={one}")
    page.locator(".hit").nth(1).wait_for()
    before = len(stored(home))
    page.keyboard.press("j")
    painted(page)
    second = page.locator(".hit.cursor code").inner_text()
    page.keyboard.press("x")
    expect(page.locator(".toast")).to_contain_text("different")
    page.wait_for_load_state("networkidle")
    assert len(stored(home)) == before + 1 and second in stored(home)[-1] and stored(home)[-1][2] is False
