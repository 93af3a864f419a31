"""Every page: loads from this machine only, says what it is, can be read, and fits a narrow window."""

from typing import Literal

import pytest
from playwright.sync_api import expect

from .conftest import Watched, script

PAGES = (
    "/", "/learn", "/learn/bromley1993", "/sign", "/search", "/search/given?tab=duplicates", "/runs", "/activations",
    "/bandwidth", "/agents",
    "/faces", "/label",
)  # fmt: skip
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PLANNED = ("/label", "/draw")


@pytest.mark.parametrize("path", PAGES)
def test_page_is_local_named_readable_and_narrow(watched: Watched, path: str) -> None:
    """One visit for all of it, since a visit is what costs. Requests and the console are checked by ``watched``."""
    answer = watched.page.goto(watched.url + path)
    assert answer is not None and answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    page = watched.page
    page.wait_for_selector("main h2, main .pad, main .lead")
    page.wait_for_load_state("networkidle")
    assert page.locator("nav [aria-current=page]").count() == 1
    assert [page.locator(name).count() for name in ("h1", "main", "nav", "header")] == [1] * 4
    if path in PLANNED:
        assert "not built yet" in page.locator("main").inner_text()
        assert "not built yet" in page.locator("nav [aria-current=page]").inner_text()
        assert page.locator("main button, main input").count() == 0
    else:
        page.keyboard.press("d")
        page.locator(".drawer.open").wait_for()
    assert page.evaluate(script("nameless")) == []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        result = page.evaluate(script("unreadable"))
        assert result["checked"] > 15
        assert result["found"] == [], scheme
    # 400 pixels; and 640, which is what 1280 pixels leave at a zoom of 200 %.
    for width in (640, 400):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(script("too_wide"), width) == []
    page.get_by_role("button", name="Pages").click()
    page.get_by_role("link", name="Home", exact=True).click()
    page.wait_for_url(f"{watched.url}/")


def test_every_page_that_is_not_built_says_so(watched: Watched) -> None:
    page = watched.open("/")
    for path in PLANNED:
        page.locator(f'nav a[href="{path}"]').click()
        page.locator("main .unbuilt").get_by_text("not built yet").wait_for()
        expect(page.locator("nav [aria-current=page]")).to_have_attribute("href", path)


def test_the_contrast_check_sees_grey_on_grey(watched: Watched) -> None:
    page = watched.open("/")
    page.evaluate("() => { document.querySelector('main h2').style.color = '#aaaaaa'; }")
    assert len(page.evaluate(script("unreadable"))["found"]) == 1


def test_first_tab_stop_skips_to_the_page(watched: Watched) -> None:
    page = watched.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"


def test_focus_is_visible(watched: Watched) -> None:
    page = watched.open("/sign")
    page.wait_for_load_state("networkidle")
    seen = set()
    for _ in range(22):
        page.keyboard.press("Tab")
        name, line, width = page.evaluate(script("focused"))
        seen.add(name)
        assert name == "BODY" or (line != "none" and width >= 2), name
    assert len(seen) > 15


def test_unknown_article_is_named(watched: Watched) -> None:
    page = watched.open("/learn/nothing")
    page.get_by_text("There is no article “nothing”.").wait_for()
    watched.expect_refusal(404)


def test_drawer_gives_command_request_and_python(watched: Watched) -> None:
    page = watched.open("/sign")
    page.keyboard.press("d")
    code = page.locator("#drawer-code")
    seen = []
    for name in ("Command", "REST", "Python"):
        page.get_by_role("tab", name=name).click()
        page.locator(f"#tab-{name.lower()}[aria-selected=true]").wait_for()
        seen.append(code.inner_text())
    assert seen[0].startswith("shoestring verify")
    assert seen[1].startswith(f"curl {watched.url}/v1/verify")
    compile(seen[2], "drawer", "exec")


def test_arrow_keys_move_between_the_tabs_of_the_drawer(watched: Watched) -> None:
    page = watched.open("/")
    page.get_by_role("tab", name="Command").click()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => document.activeElement.id") == "tab-rest"
    page.locator("#tab-rest[aria-selected=true]").wait_for()
