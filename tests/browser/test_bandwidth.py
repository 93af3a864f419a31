"""The Bandwidth page: the slider, its verdict, and what stands behind them."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from shoestring.core.folder import list_runs
from shoestring.distributed.link import Link, StepCost, break_even_mbit, speeds, step_ms, verdict
from shoestring.distributed.traffic import Message

from .conftest import Studio, Watched, script

METHODS = {"none": (44_800_000, 0.0), "fp16": (22_400_000, 14.0), "rank 1": (228_000, 48.0), "rank 4": (664_000, 105.0)}


def document(run: str) -> dict[str, Any]:
    """A measurement of ResNet-18 with two workers, its times made up from costs by the program's own predictor."""
    costs = {name: StepCost(337.0, codec, [Message("all-reduce", size)]) for name, (size, codec) in METHODS.items()}
    methods = []
    for name, cost in costs.items():
        even = break_even_mbit(cost, costs["none"], 2)
        methods.append(
            {
                "name": name,
                "settings": [],
                "predicted_sent": cost.messages[0].payload,
                "cosine": 1.0,
                "relative_error": 0.0,
                "optimal_error": {"1": 0.8, "4": 0.6},
                "compute_ms": cost.compute_ms,
                "encode_ms": cost.codec_ms / 2,
                "decode_ms": cost.codec_ms / 2,
                "send_ms": 1.0,
                "wire": None,
                "break_even_mbit": even,
                "verdict": verdict(even) if name != "none" else "",
                "predicted_ms": [step_ms(cost, 2, Link(mbit)) for mbit in speeds()],
                "measured": {"100": {"step_ms": 1.05 * step_ms(cost, 2, Link(100))}},
            }  # fmt: skip
        )
    return {
        "schema": "shoestring.bandwidth/1", "run": run, "workers": 2, "tunnel": True, "why_no_tunnel": "",
        "speeds_mbit": speeds(), "methods": methods,
    }  # fmt: skip


@pytest.fixture
def page(watched: Watched, studio: Studio) -> Page:
    run = list_runs(studio.runs)[0]
    (run.path / "bandwidth.json").write_text(json.dumps(document(run.id)))
    opened = watched.open("/bandwidth")
    expect(opened.locator(".methods tbody tr")).to_have_count(4)
    return opened


def test_the_slider_decides_what_is_recommended_and_stays_in_the_address(page: Page) -> None:
    status = page.locator("[role=status].notice")
    expect(status).to_contain_text("At 100 Mbit/s: rank 1.")
    page.locator("#speed").fill("60")
    expect(status).to_contain_text("At 100 Gbit/s: do not compress.")
    page.wait_for_url("**mbit=100000*")
    page.reload()
    expect(page.locator("[role=status].notice")).to_contain_text("do not compress")
    page.keyboard.press("j")
    expect(page.locator("label[for=speed]")).to_contain_text("82.5 Gbit/s")


def test_bars_and_numbers_are_those_of_the_measurement(page: Page) -> None:
    # 337 ms of compute, and 44.8 MB in frames of 1,448 bytes with headers of 66 on 100 Mbit/s.
    wire = 44.8e6 * (1 + 66 / 1448) + 2 * (65_536 / 2 * 66 / 1448 + 600)
    expected = 337 + wire * 8 / 1e5
    label = page.locator(".linkchart svg").first.get_attribute("aria-label")
    assert label is not None and label.startswith(f"none: {expected:.0f} ms")
    expect(page.locator(".linkchart .even")).to_have_count(3)
    expect(page.locator(".linkchart .dot")).to_have_count(4)
    row = page.locator(".methods tbody tr").nth(2)
    expect(row).to_contain_text("228.0 kB")
    expect(row).to_contain_text("worth it below 7,800 Mbit/s")
    expect(page.locator("main")).to_contain_text("nothing is said about accuracy")


def test_the_page_can_be_read_and_fits(page: Page) -> None:
    assert page.evaluate(script("nameless")) == []
    assert page.evaluate(script("unreadable"))["found"] == []
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate(script("too_wide"), 400) == []


def test_the_drawer_names_the_run(page: Page) -> None:
    page.keyboard.press("d")
    expect(page.locator("#drawer-code")).to_contain_text("shoestring bandwidth report 2")


@pytest.mark.slow
def test_picture(page: Page, tmp_path: Any) -> None:
    page.set_viewport_size({"width": 1320, "height": 1250})
    page.screenshot(path=tmp_path / "bandwidth.png")
    assert (tmp_path / "bandwidth.png").stat().st_size > 20_000
