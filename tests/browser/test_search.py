"""The Search page against the collection behind it."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from shoestring.similarity.cluster import agglomerate
from shoestring.similarity.search import top_k
from tests.similarity.vectors import clumps

from .conftest import Watched


def given() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """What ``conftest.fill_collection`` stored."""
    vectors, label = clumps(4, 10, width=8)
    vectors[21] = vectors[3]
    return vectors, label


@pytest.fixture
def search(watched: Watched) -> Page:
    page = watched.page
    page.goto(f"{watched.url}/search/given")
    page.wait_for_selector("#query")
    return page


def ids(page: Page) -> list[str]:
    return page.locator(".hit code").all_inner_texts()


def test_rows_like_a_row_and_the_keys_that_walk_through_them(search: Page) -> None:
    vectors, _ = given()
    # Nothing makes vectors of texts here, so rows are found by other rows.
    expect(search.locator("#by")).to_have_value("id")
    search.keyboard.press("/")
    search.locator("#query").fill("r7")
    search.keyboard.press("Enter")
    expect(search.locator(".hit")).to_have_count(20)
    assert ids(search) == [f"r{row}" for row in top_k(vectors, vectors[7:8], 20).row[0]]
    expect(search.locator("main")).to_contain_text("40 rows, exact")
    search.locator("h1").click()
    for key in ("j", "j", "k", "o"):
        search.keyboard.press(key)
    second = ids(search)[1]
    expect(search.locator(".hit.cursor code")).to_have_text(second)
    expect(search.locator(".hit.cursor pre")).to_contain_text('"group"')
    search.keyboard.press("m")
    expect(search.locator("#query")).to_have_value(second)
    expect(search.locator(".hit code").first).to_have_text(second)
    search.wait_for_url(f"**q={second}")


def test_a_filter_and_the_permalink(search: Page) -> None:
    _, label = given()
    search.select_option("#by", "id")
    search.locator("#conditions").fill("group=2")
    search.locator("#query").fill("r7")
    search.keyboard.press("Enter")
    expect(search.locator(".hit")).to_have_count(10)
    assert set(ids(search)) == {f"r{row}" for row in np.flatnonzero(label == 2)}
    search.wait_for_url("**filter=group*")
    other = search.context.new_page()
    other.goto(search.url)
    expect(other.locator(".hit")).to_have_count(10)
    assert ids(other) == ids(search) and other.url == search.url
    other.close()


def test_text_without_a_model_is_refused_in_the_words_of_the_server(search: Page, watched: Watched) -> None:
    search.select_option("#by", "text")
    search.locator("#query").fill("hello")
    search.keyboard.press("Enter")
    expect(search.locator(".notice.bad")).to_contain_text("give vectors")
    watched.expect_refusal(422)


def test_the_slider_counts_groups_without_asking_the_server(search: Page, watched: Watched) -> None:
    vectors, _ = given()
    tree = agglomerate(vectors, "single")
    search.keyboard.press("2")
    expect(search.locator("#group-count")).to_be_visible()
    expect(search.locator(".threshold-chart canvas")).to_be_visible()
    search.wait_for_load_state("networkidle")
    asked = sum("/v1/" in url for url in watched.requests)
    for threshold in (0.99, 0.9, 0.75, 0.6, 0.5):
        search.locator("#threshold").fill(str(threshold))
        sizes = np.bincount(tree.cut(threshold=threshold))
        expect(search.locator("#group-count")).to_have_text(str((sizes > 1).sum()))
    assert sum("/v1/" in url for url in watched.requests) == asked
    search.locator("#threshold").fill("0.99")
    search.locator("h1").click()
    search.keyboard.press("r")
    expect(search.locator(".groups li")).to_have_count(int((np.bincount(tree.cut(threshold=0.99)) > 1).sum()))
    expect(search.locator(".groups li").first).to_contain_text("r3")
    search.wait_for_url("**threshold=0.99")
    for _ in range(3):
        search.keyboard.press("[")
    expect(search.locator("#threshold")).to_have_value("0.975")


def test_the_drawer_says_the_same_in_three_forms(search: Page) -> None:
    search.select_option("#by", "id")
    search.locator("#query").fill("r7")
    search.locator("#conditions").fill("group=2 lang=en")
    search.locator("h1").click()
    search.keyboard.press("d")
    seen = []
    for name in ("Command", "REST", "Python"):
        search.get_by_role("tab", name=name, exact=True).click()
        search.locator(f"#tab-{name.lower()}[aria-selected=true]").wait_for()
        seen.append(search.locator("#drawer-code").inner_text())
    assert seen[0] == "shoestring collection search given --like r7 -k 20 --filter group=2 --filter lang=en"
    assert '"like":"r7","limit":20,"filter":{"group":2,"lang":"en"}' in seen[1]
    compile(seen[2], "drawer", "exec")
    search.keyboard.press("Escape")


def test_a_collection_that_is_not_there_is_named(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{watched.url}/search/nothing")
    expect(page.locator(".notice.bad")).to_contain_text("There is no collection “nothing”")
