"""Runs that are going: they grow on the page, and can be started and stopped from it."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from shoestring.core.folder import RunFolder
from shoestring.service.models import Models
from shoestring.service.settings import Settings

from .conftest import Studio, Watched, make_run, script, serving


@pytest.fixture
def going(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("going")
    settings = Settings(port=0, runs=home / "runs", database=f"sqlite:///{home / 'people.sqlite'}", warm=False)
    yield from serving(settings, Models(), home / "runs")


def grow(folder: RunFolder, steps: range) -> None:
    lines = [{"attempt": 1, "step": step, "t": step, "k": "loss", "v": 1 / (1 + step)} for step in steps]
    with (folder.path / "metrics.jsonl").open("a") as stream:
        stream.write("".join(json.dumps(line) + "\n" for line in lines))
    folder.beat()


def test_curve_of_a_running_run_grows_by_itself_until_the_run_ends(watched: Watched, going: Studio) -> None:
    folder = make_run(going.runs, "quick", {"rate": 0.1}, 0, 0.2)
    (folder.path / "summary.json").unlink()
    folder.update(status="running")
    folder.beat()
    watched.url = going.url
    page = watched.open("/runs")
    expect(page.locator(".chip.busy")).to_have_text("running")
    expect(page.locator(".chart canvas")).to_be_visible()

    def points() -> int:
        return int(page.evaluate(script("points")))

    assert points() == 51
    grow(folder, range(1020, 1220, 20))
    for _ in range(100):
        if points() == 61:
            break
        page.wait_for_timeout(100)
    assert points() == 61
    page.keyboard.press("o")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".toast")).to_contain_text("writes a checkpoint")
    assert folder.stop_requested
    folder.update(status="interrupted")
    expect(page.locator(".chip.unsure").first).to_have_text("interrupted")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


@pytest.mark.slow
def test_run_started_from_the_form_is_trained_and_finishes(watched: Watched, going: Studio) -> None:
    watched.url = going.url
    page = watched.open("/runs")
    page.keyboard.press("n")
    page.select_option("#preset", "bromley1993")
    page.locator("#overrides").fill("steps=20\neval_every=10")
    page.locator("#seed").fill("7")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".run-table tbody")).to_have_count(1, timeout=120_000)
    expect(page.locator(".chip.good")).to_have_text("done", timeout=300_000)
    page.keyboard.press("o")
    expect(page.locator(".seeds")).to_contain_text("seed 7")
    info = [json.loads(path.read_text()) for path in going.runs.glob("*/run.json")]
    assert [run["seed"] for run in info] == [7]
