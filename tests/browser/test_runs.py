"""The Runs page, and its statistics against independent computations."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from scipy import stats

from .conftest import Watched


def call(page: Page, module: str, function: str, *arguments: Any) -> Any:
    """Call a function of a module of the page."""
    script = f"async (given) => (await import('/static/widgets/{module}.js')).{function}(...given)"
    return page.evaluate(script, list(arguments))


@pytest.fixture
def runs(watched: Watched) -> Page:
    page = watched.open("/runs")
    expect(page.locator(".run-table tbody")).to_have_count(2)
    return page


def test_seeds_are_grouped_and_the_difference_names_only_what_differs(runs: Page) -> None:
    expect(runs.locator(".run-table tbody").first).to_contain_text("5")
    expect(runs.locator(".difference tbody tr")).to_have_count(1)
    row = runs.locator(".difference tbody tr").inner_text().split()
    assert row == ["rate", "0.001", "0.01"]
    expect(runs.locator("main")).to_contain_text("93.8 % with 5 seeds")
    runs.keyboard.press("o")
    expect(runs.locator(".seeds li")).to_have_count(5)


def test_permalink_restores_everything_that_is_shown(runs: Page) -> None:
    runs.select_option("#metric", "loss")
    runs.select_option("#result", "error")
    runs.select_option("#x", "labels")
    runs.locator("#smooth").fill("0.6")
    runs.keyboard.press("L")
    runs.locator("#filter").fill("preset:quick")
    expect(runs.locator(".run-table tbody")).to_have_count(1)
    runs.wait_for_url("**filter=preset*")
    other = runs.context.new_page()
    other.goto(runs.url)
    expect(other.locator(".run-table tbody")).to_have_count(1)
    for field, value in (("#x", "labels"), ("#result", "error"), ("#smooth", "0.6")):
        expect(other.locator(field)).to_have_value(value)
    expect(other.get_by_label("Log scale")).to_be_checked()
    expect(other.locator(".chart").first).to_have_attribute("aria-label", "loss over labels: quick")
    assert other.url == runs.url


def test_axis_that_was_never_recorded_is_refused_and_not_replaced(runs: Page, watched: Watched) -> None:
    runs.goto(runs.url + "&x=bytes")
    expect(runs.locator(".notice.unsure").first).to_contain_text("has never recorded bytes")
    expect(runs.locator(".chart")).to_have_count(0)
    watched.expect_refusal(422)


def test_ungrouped_list_shows_each_run(runs: Page) -> None:
    runs.get_by_label("Group seeds").uncheck()
    expect(runs.locator(".run-table tbody")).to_have_count(10)
    runs.wait_for_url("**group=none*")


def test_csv_holds_every_point(runs: Page) -> None:
    runs.keyboard.press("o")
    with runs.expect_download() as download:
        runs.get_by_role("button", name="CSV").first.click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == "step,metric,value" and len(lines) == 52
    assert lines[1].startswith('0,"loss",')


def test_unknown_override_is_explained_in_the_form(runs: Page, watched: Watched) -> None:
    runs.keyboard.press("n")
    expect(runs.get_by_role("heading", name="Start a run")).to_be_visible()
    if not runs.locator("#preset option").count():
        pytest.skip("no preset is packaged yet")
    runs.locator("#overrides").fill("no_such_key=1")
    runs.get_by_role("button", name="Start", exact=True).click()
    expect(runs.locator("form .notice.bad")).to_contain_text("no_such_key")
    watched.expect_refusal(400)


def test_interval_of_the_median_covers_what_it_says(runs: Page) -> None:
    """Against the binomial distribution: the probability that the median lies between two order statistics."""
    for n in (2, 3, 5, 6, 9, 20, 41):
        found = call(runs, "stats", "medianInterval", n)
        below = stats.binom(n, 0.5).cdf
        assert found["coverage"] == pytest.approx(1 - 2 * below(found["k"] - 1))
        assert 1 - 2 * below(found["k"]) < 0.95, "a narrower interval would do"
        assert found["coverage"] >= 0.95 or found["k"] == 1


def test_smoothing_equals_the_weighted_mean_of_the_past(runs: Page) -> None:
    values = np.random.default_rng(0).normal(size=30)
    got = call(runs, "stats", "smooth", values.tolist(), 0.8)
    for i in range(30):
        weights = 0.8 ** np.arange(i, -1, -1)
        assert got[i] == pytest.approx(np.average(values[: i + 1], weights=weights))
    assert call(runs, "stats", "smooth", [1, None, 3], 0)[::2] == [1, 3]


def test_curves_meet_on_a_common_grid(runs: Page) -> None:
    a, b = [[0, 1.0], [10, 3.0], [20, 0.0]], [[5, 2.0], [15, 4.0]]
    grid = call(runs, "stats", "commonGrid", [a, b])
    assert grid == [0, 5, 10, 15, 20]
    on_grid = [call(runs, "stats", "onGrid", curve, grid) for curve in (a, b)]
    assert on_grid[0] == np.interp(grid, [0, 10, 20], [1, 3, 0]).tolist()
    assert on_grid[1] == [None, 2, 3, 4, None]
    together = call(runs, "stats", "across", on_grid)
    assert together["mid"] == [None, 2, 3, 2.75, None]
    assert together["low"] == [None, 2, 3, 1.5, None] and together["high"] == [None, 2, 3, 4, None]
