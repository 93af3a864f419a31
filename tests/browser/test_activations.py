"""The Activations page in a real browser, and its pictures against the numbers of the server."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from shoestring.activations.drawn import curve
from shoestring.activations.specs import ELEMENTWISE, parse

from .conftest import Watched, script


def page_state(page: Page) -> dict[str, Any]:
    """The slice of the store that the page keeps."""
    state: dict[str, Any] = page.evaluate("async () => (await import('/static/store.js')).state.activations")
    return state


def address(page: Page) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(page.url).query).items()}


@pytest.fixture
def gallery(watched: Watched) -> Page:
    page = watched.open("/activations")
    expect(page.locator(".curve-grid li")).to_have_count(len(ELEMENTWISE))
    expect(page.locator(".readout tbody tr")).to_have_count(2)
    return page


def test_every_function_is_on_the_page(gallery: Page) -> None:
    expect(gallery.locator(".vector")).to_have_count(7)
    names = gallery.locator(".panel-name").all_inner_texts()
    assert names == [e.module + (" (tanh)" if e.name == "gelu_tanh" else "") for e in ELEMENTWISE]
    assert gallery.locator(".panel[aria-pressed=true] .panel-name").all_inner_texts() == ["GELU", "Mish"]
    drawn = gallery.locator(".panel").filter(has_text="Hardshrink").locator("path.of-value").get_attribute("d")
    assert drawn is not None and drawn.count("M") == 3, "a jump parts the line"


def test_reading_at_x_shows_both_values_of_each_curve(gallery: Page) -> None:
    gallery.locator("#at").fill("1.2")
    gallery.locator("#at").blur()
    row = gallery.locator(".readout tbody tr").first
    expect(row.locator("td").nth(1)).not_to_have_text("–")
    x, value, slope, second = (float(text) for text in row.locator("td.number").all_inner_texts())
    gelu = parse("gelu").curve()
    shown = np.array([value, slope, second])
    assert abs(x - 1.2) < 0.011
    exact = [of([1.2])[0] for of in (gelu.value, gelu.slope, gelu.curvature)]
    assert shown == pytest.approx(exact, abs=2e-3)


def test_hovering_reads_the_chart_and_a_panel(gallery: Page) -> None:
    box = gallery.locator(".chart").first.bounding_box()
    assert box
    gallery.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 100)
    expect(gallery.locator(".readout tbody tr").first.locator("td").nth(1)).not_to_have_text("–")
    assert 1 < page_state(gallery)["at"] < 3
    panel = gallery.locator(".panel").filter(has_text="Tanhshrink")
    panel.scroll_into_view_if_needed()
    panel.locator("svg").hover()
    expect(panel.locator(".panel-foot")).to_have_text(re.compile(r"x .+: f .+, f′ "))


def test_parameters_are_live_and_in_the_address(gallery: Page) -> None:
    gallery.goto(gallery.url.split("?")[0] + "?f=elu&x=-2,2")
    slider = gallery.locator(".slider input")
    expect(slider).to_have_count(1)
    slider.evaluate("(node) => { node.value = 2; node.dispatchEvent(new Event('input', { bubbles: true })); }")
    expect(gallery.locator(".readout th[scope=row]")).to_contain_text("elu:alpha=2")
    gallery.wait_for_url(re.compile(r"f=elu%3Aalpha%3D2"))
    (found,) = page_state(gallery)["curves"]
    assert found["value"][0] == pytest.approx(2 * np.expm1(-2))
    assert address(gallery) == {"f": "elu:alpha=2", "x": "-2,2"}


def test_permalink_restores_everything_that_is_shown(gallery: Page) -> None:
    query = "?f=tanh,hardshrink:lambd=1&x=-3,2&d=-2,0;0,0.5;1,1&show=02&depth=12&norm=rms&gain=1.25&seed=4"
    gallery.goto(gallery.url.split("?")[0] + query)
    expect(gallery.locator(".readout tbody tr")).to_have_count(3)
    expect(gallery.locator(".draw-point")).to_have_count(3)
    for field, value in (("#norm", "rms"), ("#depth-gain", "1.25"), ("#low", "-3")):
        expect(gallery.locator(field)).to_have_value(value)
    assert address(gallery) == {key: value[0] for key, value in parse_qs(query[1:]).items()}
    expect(gallery.locator(".chart").first).to_have_attribute(
        "aria-label", "Curves over x: A tanh, B hardshrink:lambd=1, C drawn"
    )


def test_keys_choose_curves_and_take_changes_back(gallery: Page) -> None:
    for key in ("j", "j", "x", "3"):
        gallery.keyboard.press(key)
    expect(gallery.locator(".readout tbody tr")).to_have_count(3)
    assert page_state(gallery)["picked"] == ["gelu", "mish", "relu"] and "curvature" in page_state(gallery)["show"]
    gallery.keyboard.press("Backspace")
    expect(gallery.locator(".readout tbody tr")).to_have_count(2)
    gallery.keyboard.press("?")
    expect(gallery.locator(".help")).to_contain_text("run the depth probe")
    gallery.keyboard.press("Escape")


def test_hundred_fast_keys_toggle_a_hundred_times(gallery: Page) -> None:
    """Keys act on the store and not on the last picture."""
    gallery.keyboard.press("j")
    gallery.evaluate(script("press_a_hundred_times"), "x")
    assert page_state(gallery)["picked"] == ["gelu", "mish"] and len(page_state(gallery)["undo"]) == 100
    gallery.evaluate(script("press_a_hundred_times"), "Backspace")
    assert page_state(gallery)["undo"] == []
    gallery.wait_for_load_state("networkidle")


def test_depth_probe_draws_what_the_server_measured(gallery: Page) -> None:
    gallery.goto(gallery.url.split("?")[0] + "?f=sigmoid&depth=10&width=64")
    expect(gallery.locator(".readout tbody tr")).to_have_count(1)
    gallery.keyboard.press("r")
    words = gallery.locator(".depth-words li")
    expect(words).to_have_count(1, timeout=90_000)
    factor = float(words.inner_text().split("gradient × ")[1].split(" ")[0])
    assert factor == pytest.approx(0.153**9, rel=0.5)
    gallery.locator("#depth-depth").fill("5")
    gallery.locator("#depth-depth").blur()
    expect(words).to_have_count(0)


def test_cost_is_measured_and_shown(gallery: Page) -> None:
    gallery.keyboard.press("c")
    expect(gallery.locator(".facts-table")).to_contain_text("bytes)")


def test_a_curve_is_drawn_by_hand_and_gives_its_code(gallery: Page) -> None:
    gallery.keyboard.press("w")
    surface = gallery.locator(".draw-surface")
    expect(gallery.locator(".handle")).to_have_count(5)
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    assert box

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + (x + 5) / 10 * box["width"], box["y"] + (4 - y) / 7 * box["height"]

    gallery.mouse.click(*at(2, 3))
    expect(gallery.locator(".handle")).to_have_count(6)
    gallery.mouse.move(*at(2, 3))
    gallery.mouse.down()
    gallery.mouse.move(*at(2.2, 2.5), steps=4)
    gallery.mouse.up()
    points = page_state(gallery)["drawn"]
    assert points[4] == pytest.approx([2.2, 2.5], abs=0.03)
    gallery.wait_for_function("async () => (await import('/static/store.js')).state.activations.code.includes('2.5')")
    state = page_state(gallery)
    own = state["curves"][-1]
    assert own["value"] == pytest.approx(curve(points).value(np.array(own["x"])).tolist())
    gallery.get_by_text("The Python that defines it").click()
    names: dict[str, Any] = {}
    expect(gallery.locator("pre.code")).to_be_visible()
    expect(gallery.locator("pre.code")).to_contain_text("2.5")
    exec(compile(gallery.locator("pre.code").inner_text(), "page", "exec"), names)
    assert float(names["drawn"](names["torch"].tensor(2.2))) == pytest.approx(points[4][1], abs=1e-5)
    assert address(gallery)["d"].count(";") == 5


def test_a_drawn_curve_can_be_made_with_the_keyboard_alone(gallery: Page) -> None:
    gallery.keyboard.press("w")
    gallery.get_by_label("y of point 3").fill("1")
    gallery.get_by_label("y of point 3").press("Tab")
    assert page_state(gallery)["drawn"][2] == [0, 1]
    gallery.get_by_label("Take point 5 away").click()
    expect(gallery.locator(".draw-point")).to_have_count(4)
    gallery.evaluate("() => document.activeElement.blur()")
    gallery.evaluate("async () => (await import('/static/pages/activations_actions.js')).edit({ point: 0 })")
    gallery.keyboard.press("ArrowUp")
    assert page_state(gallery)["drawn"][0] == pytest.approx([-3, -0.2])
    gallery.keyboard.press("Delete")
    expect(gallery.locator(".draw-point")).to_have_count(3)


def test_a_wrong_parameter_in_the_address_is_said(gallery: Page, watched: Watched) -> None:
    gallery.goto(gallery.url.split("?")[0] + "?f=elu:alpha=99")
    expect(gallery.locator(".notice.bad")).to_contain_text("alpha=99 is not between 0 and 4")
    watched.expect_refusal(400)


def test_text_that_is_no_number_never_leaves_the_page(gallery: Page) -> None:
    gallery.goto(gallery.url.split("?")[0] + "?f=relu&d=import os;alert(1),2;1,1")
    expect(gallery.locator(".readout tbody tr")).to_have_count(1)
    assert page_state(gallery)["drawn"] is None


def test_the_drawer_follows_what_is_shown(gallery: Page) -> None:
    gallery.goto(gallery.url.split("?")[0] + "?f=elu:alpha=2&d=-1,0;0,0;2,2")
    expect(gallery.locator(".readout tbody tr")).to_have_count(2)
    gallery.get_by_role("tab", name="Python").click()
    names: dict[str, Any] = {}
    code = gallery.locator("#drawer-code")
    expect(code).to_contain_text("import")
    exec(compile(code.inner_text(), "drawer", "exec"), names)
    assert set(names["curves"]) == {"elu:alpha=2", "drawn"}
    gallery.get_by_role("tab", name="Command").click()
    expect(code).to_contain_text("shoestring activations draw -- -1,0 0,0 2,2")
    gallery.keyboard.press("d")


def test_pieces_of_a_line_end_where_values_are_missing(gallery: Page) -> None:
    found = gallery.evaluate(
        "async () => (await import('/static/widgets/curvechart.js')).segments([0, 1, 2, 3, 4], [5, 6, null, 7, 8])"
    )
    assert found == [[[0, 1], [5, 6]], [[3, 4], [7, 8]]]
