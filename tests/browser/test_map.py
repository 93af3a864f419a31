"""The map of the Search page: every row is drawn, hits are marked, keys walk, the address remembers."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from shoestring.similarity.search import top_k

from .conftest import Watched, script
from .test_search import given


@pytest.fixture
def drawn(watched: Watched) -> Page:
    page = watched.page
    page.goto(f"{watched.url}/search/given?tab=map&method=pca")
    page.locator(".pointmap canvas[data-drawn='40']").wait_for()
    page.locator(".pointmap").evaluate("(map) => map.scrollIntoView({ block: 'center' })")
    return page


def position(page: Page, row: int) -> tuple[float, float]:
    """Where a row is on the screen, by the rule of the page: a square in the middle, y upwards."""
    state = page.evaluate(script("map"))
    box = page.locator(".pointmap").bounding_box()
    assert box is not None
    # Within the frame, whose border is one pixel.
    width, height = box["width"] - 2, box["height"] - 2
    scale = 0.94 * min(width, height) / 65536
    left = box["x"] + 1 + width / 2 + (state["x"][row] - 32768) * scale
    return left, box["y"] + 1 + height / 2 - (state["y"][row] - 32768) * scale


def test_the_pointer_shows_the_text_of_the_row_that_is_there(drawn: Page) -> None:
    for row in (7, 31):
        drawn.mouse.move(*position(drawn, row))
        found = drawn.evaluate(script("map"))["cursor"]
        near = np.hypot(*(np.array(position(drawn, found)) - position(drawn, row)))
        assert found == row or near < 1, "another row may lie in the same place"
        expect(drawn.locator(".map-row")).to_contain_text(f"row {found} of group")
        expect(drawn.locator(".map-text")).to_contain_text(f"row {found} of group")


def painted(page: Page, layer: int) -> int:
    return int(page.evaluate(script("painted"), layer))


def test_hits_are_marked_keys_walk_and_the_address_remembers(drawn: Page, watched: Watched) -> None:
    vectors, _ = given()
    assert painted(drawn, 0) > 150 and painted(drawn, 1) == 0
    drawn.keyboard.press("ArrowRight")
    first = drawn.evaluate(script("map"))
    drawn.keyboard.press("ArrowLeft")
    expect(drawn.locator(".map-row code")).not_to_have_text(f"r{first['cursor']}")
    second = drawn.evaluate(script("map"))
    assert second["x"][second["cursor"]] < first["x"][first["cursor"]]
    drawn.keyboard.press("ArrowUp")
    third = drawn.evaluate(script("map"))
    assert third["cursor"] == second["cursor"] or third["y"][third["cursor"]] > second["y"][second["cursor"]]
    row = third["cursor"]
    drawn.keyboard.press("m")
    expect(drawn.locator("#query")).to_have_value(f"r{row}")
    expect(drawn.locator(".map-row")).to_be_visible()
    drawn.wait_for_url(f"**q=r{row}**")
    drawn.locator(".pointmap canvas[data-marks='20']").wait_for()
    assert painted(drawn, 1) > 500
    assert drawn.evaluate(script("map"))["marks"] == top_k(vectors, vectors[row : row + 1], 20).row[0].tolist()
    drawn.keyboard.press("+")
    drawn.wait_for_url("**view=*")
    other = drawn.context.new_page()
    other.goto(drawn.url)
    other.locator(".pointmap canvas[data-drawn='40']").wait_for()
    expect(other.locator(".map-row code")).to_have_text(f"r{row}")
    again = other.evaluate(script("map"))
    assert again["cursor"] == row and again["view"]["zoom"] == pytest.approx(1.6)
    other.wait_for_url(drawn.url)
    other.close()


def test_the_method_changes_the_places_and_not_the_row(drawn: Page) -> None:
    drawn.keyboard.press("ArrowLeft")
    before = drawn.evaluate(script("map"))
    drawn.keyboard.press("v")
    drawn.get_by_text("distances between groups and their sizes mean nothing").wait_for()
    after = drawn.evaluate(script("map"))
    assert after["cursor"] == before["cursor"] and after["x"] != before["x"]
    drawn.keyboard.press("d")
    expect(drawn.locator("#drawer-code")).to_contain_text("shoestring collection map given --method tsne")
    drawn.keyboard.press("d")
