"""Keys act on what is current when they are pressed, not on what was painted last."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from shoestring.service.models import Models
from shoestring.service.settings import Settings

from .conftest import Studio, Watched, make_run, script, serving

ROWS = 100


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("hundred")
    first = make_run(home / "runs", "quick", {"rate": 1.0}, 0, 0.2).path
    for number in range(ROWS + 4):
        # Copied, since writing a real folder waits for the disk each time.
        copied = shutil.copytree(first, first.with_name(f"{first.name[:-4]}{number:04d}"))
        (copied / "run.toml").write_text(f"rate = {number / 1000}\n")
    settings = Settings(port=0, runs=home / "runs", database=f"sqlite:///{home / 'people.sqlite'}", warm=False)
    yield from serving(settings, Models(), home / "runs")


def picked(watched: Watched) -> list[str]:
    return list(watched.page.evaluate(script("runs"))["picked"])


@pytest.mark.parametrize("way", ["one task", pytest.param("real keys", marks=pytest.mark.slow)])
def test_hundred_fast_keys_pick_a_hundred_runs_and_a_hundred_undos_restore_the_start(
    watched: Watched, hundred: Studio, way: str
) -> None:
    """The permanent test of the trap: with state inside components about 40 of 100 keys act on the wrong row."""
    watched.url = hundred.url
    page = watched.open("/runs?pick=")
    page.locator(".run-table tbody").nth(ROWS).wait_for()
    order = page.evaluate(script("runs"))["order"]
    assert picked(watched) == [] and len(order) == ROWS + 5

    def press(key: str) -> None:
        if way == "one task":
            page.evaluate(script("press_a_hundred_times"), key)
        else:
            for _ in range(ROWS):
                page.keyboard.press(key)

    press("x")
    assert picked(watched) == order[:ROWS]
    page.locator(".run-table tr.picked").nth(ROWS - 1).wait_for()
    assert page.locator(".run-table tr.picked").count() == ROWS
    page.get_by_text(f"{ROWS} are picked; the first 12 are drawn.").wait_for()
    press("Backspace")
    assert picked(watched) == []
    page.locator(".run-table tr.picked").first.wait_for(state="detached")
    page.wait_for_load_state("networkidle")


def test_question_mark_lists_the_keys_of_the_page_and_gives_the_focus_back(watched: Watched) -> None:
    page = watched.open("/sign")
    page.keyboard.press("?")
    text = page.get_by_role("dialog").inner_text()
    wanted = ("enrol what", "verify what", "undo the last", "clear the pad", "this was a forgery", "space")
    assert [words for words in wanted if words not in text] == []
    page.keyboard.press("v")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")


def test_letters_typed_into_a_field_are_text(watched: Watched) -> None:
    page = watched.open("/runs")
    page.keyboard.press("/")
    page.keyboard.type("xjdt?")
    expect(page.locator("#filter")).to_have_value("xjdt?")
    assert page.get_by_role("dialog").count() == 0


def test_go_keys_and_theme_that_is_remembered(watched: Watched) -> None:
    page = watched.open("/")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/sign")
    page.keyboard.press("t")
    page.keyboard.press("t")
    page.locator("html[data-theme=dark]").wait_for()
    page.reload()
    page.locator("html[data-theme=dark]").wait_for()
    page.keyboard.press("t")
    page.locator("html:not([data-theme])").wait_for()
    page.evaluate("() => localStorage.clear()")
