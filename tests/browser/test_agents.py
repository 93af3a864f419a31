"""The Agents page: replay, sliders, comparison, heat map, a new episode, and training one from the page."""

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from shoestring.rl import episodes
from shoestring.rl.envs import CartPole, Pendulum
from shoestring.rl.returns import gae
from shoestring.service.models import Models
from shoestring.service.settings import Settings
from tests.service.agents import agent_run, table_run

from .conftest import Studio, Watched, painted, script, serving

STATE = "async () => (await import('/static/store.js')).state.agents"


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with two agents in one environment, one with real-valued actions, and one in a grid."""
    home = tmp_path_factory.mktemp("agents")
    runs = home / "runs"
    agent_run(runs, "cart-a", CartPole(limit=40))
    agent_run(runs, "cart-b", CartPole(limit=40), seed=4)
    agent_run(runs, "swing", Pendulum(limit=12))
    table_run(runs, "cliff")
    settings = Settings(port=0, runs=runs, database=f"sqlite:///{home / 'people.sqlite'}", warm=False)
    yield from serving(settings, Models(runs=runs), runs)


@pytest.fixture
def visit(watched: Watched, agents: Studio) -> Any:
    def go(path: str) -> Page:
        watched.url = agents.url
        page = watched.open(path)
        expect(page.locator(".world").first).to_be_visible()
        painted(page)
        return page

    return go


def state(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(STATE)
    return found


def address(page: Page) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(page.url).query).items()}


def slide(page: Page, selector: str, value: float) -> None:
    page.locator(selector).evaluate(
        "(node, value) => { node.value = value; node.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )


def test_replay_by_keys_by_slider_and_in_the_address(visit: Any, agents: Studio) -> None:
    page = visit("/agents/cart-a?episode=evaluation-best")
    kept = episodes.read(episodes.find(agents.runs / "cart-a", "evaluation-best"))
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    caption = page.locator(".one figcaption")
    expect(caption).to_contain_text(f"step 2: {('left', 'right')[kept.action[2]]} · return so far 2")
    taken = page.locator(".policy-bars tr.taken")
    expect(taken).to_contain_text(f"{100 * kept.distribution[2].max():.0f} %")
    page.keyboard.press("End")
    expect(caption).to_contain_text(f"the end after {len(kept)} steps")
    expect(page.locator("main")).to_contain_text("nothing to choose")
    slide(page, "#agent-at", 5)
    expect(caption).to_contain_text("step 5:")
    assert address(page) == {"episode": "evaluation-best", "at": "5"}
    page.reload()
    expect(page.locator(".one figcaption")).to_contain_text("step 5:")
    page.keyboard.press("k")
    expect(page.locator("#agent-episode")).to_have_value("training-000000000000")


def test_playing_moves_on_and_ends(visit: Any) -> None:
    page = visit("/agents/cart-a?episode=evaluation-best")
    for _ in range(5):
        page.keyboard.press("+")
    page.keyboard.press(" ")
    expect(page.locator(".one figcaption")).to_contain_text("the end after")
    assert state(page)["playing"] is False
    for _ in range(8):
        page.keyboard.press("-")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Play", exact=False).first).to_be_visible()


@pytest.mark.parametrize(("discount", "trace"), [(0.98, 0.9), (1.0, 0.0), (0.5, 1.0)])
def test_the_sliders_compute_what_the_library_does(visit: Any, agents: Studio, discount: float, trace: float) -> None:
    page = visit(f"/agents/cart-a?episode=training-000000000000&at=3&lambda={trace}&gamma={discount}")
    kept = episodes.read(episodes.find(agents.runs / "cart-a", "training-000000000000"))
    exact = kept.advantage(discount, trace)
    found = page.evaluate(script("advantages"), {"discount": discount, "trace": trace})
    assert found == pytest.approx(exact.tolist(), abs=1e-9)
    assert float(page.locator("#advantage").inner_text().replace(",", "")) == pytest.approx(exact[3], rel=1e-3)


def test_both_kinds_of_end_are_kept_apart_in_the_page(visit: Any) -> None:
    page = visit("/agents/cart-a")
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=12) for name in ("reward", "value", "reached_value")}
    ends = {"terminated": np.arange(12) == 4, "truncated": np.arange(12) == 8}
    exact = gae(
        arrays["reward"], ends["terminated"], ends["truncated"], arrays["value"], arrays["reached_value"],
        discount=0.9, trace=0.7,
    )  # fmt: skip
    given = json.dumps({name: array.tolist() for name, array in (arrays | ends).items()})
    found = page.evaluate(f"async () => (await import('/static/widgets/gae.js')).gae({given}, 0.9, 0.7).advantage")
    assert found == pytest.approx(exact.tolist(), abs=1e-12)


def test_moving_lambda_shows_both_curves_and_can_be_taken_back(visit: Any) -> None:
    page = visit("/agents/cart-a?at=1")
    before = page.locator("#advantage").inner_text()
    slide(page, "#rate-lambda", 0.2)
    expect(page.locator(".episode-chart").last).to_contain_text("as it was trained")
    expect(page.locator("#advantage")).not_to_have_text(before)
    page.keyboard.press("]")
    page.wait_for_url("**lambda=0.21*")
    page.keyboard.press("0")
    expect(page.locator("#advantage")).to_have_text(before)
    page.wait_for_url(lambda url: "lambda" not in url)


def test_two_policies_stand_side_by_side_from_one_seed(visit: Any, watched: Watched) -> None:
    # A model that is loading is asked for again.
    watched.refusals.add(503)
    page = visit("/agents/cart-a")
    page.locator("#agent-vs").select_option("cart-b")
    expect(page.locator(".one")).to_have_count(2)
    page.locator("#agent-seed").fill("7")
    page.locator("#agent-seed").press("Tab")
    page.get_by_role("button", name="Play both").click()
    page.wait_for_url("**vs=cart-b%7Eseed-7*")
    found = state(page)
    assert found["left"]["name"] == "cart-a/seed-7" and found["right"]["name"] == "cart-b/seed-7"
    assert found["left"]["observation"][0] == found["right"]["observation"][0]
    assert found["left"]["distribution"][0] != found["right"]["distribution"][0]
    page.reload()
    expect(page.locator(".one")).to_have_count(2)
    expect(page.locator(".episode-chart").first).to_contain_text("beside it")
    page.keyboard.press("d")
    expect(page.locator("#drawer-code")).to_contain_text("shoestring watch cart-a --fresh 7")
    page.keyboard.press("d")


def test_the_heat_map_shows_where_all_walked_at_each_age(visit: Any, agents: Studio) -> None:
    page = visit("/agents/cliff")
    first, second = (episodes.read(path) for name, path in episodes.listed(agents.runs / "cliff") if "training" in name)
    slide(page, "#age", 0)
    heat = page.locator("section[aria-labelledby=heat-title]")
    expect(heat).to_contain_text(f"{first.visits.sum()} visits by all learners between 0 and 1,000 steps")
    slide(page, "#age", 1)
    expect(heat).to_contain_text(f"{second.visits.sum()} visits by all learners between 1,000 and 2,500 steps")
    cells = page.evaluate(script("cell_visits"))
    assert cells == second.visits.tolist()
    # What was visited is really darker on the canvas: the start, and the far corner where nobody was.
    pixels = page.evaluate(script("cell_colours"), [[0.2, 3.2], [11.2, 0.2]])
    assert sum(pixels[0][:3]) < sum(pixels[1][:3]) - 100


def test_real_valued_actions_have_a_mean_and_a_deviation(visit: Any) -> None:
    page = visit("/agents/swing?at=2")
    expect(page.locator(".policy-bars")).to_contain_text("±")
    expect(page.locator(".policy-bars")).to_contain_text("took")
    expect(page.locator("section[aria-labelledby=heat-title]")).to_have_count(0)


def test_the_gif_can_be_had(visit: Any) -> None:
    page = visit("/agents/cart-a?episode=evaluation-best")
    with page.expect_download() as wanted:
        page.get_by_role("link", name="GIF").click()
    assert wanted.value.suggested_filename == "cart-a-evaluation-best.gif"
    assert Image.open(io.BytesIO(wanted.value.path().read_bytes())).format == "GIF"


@pytest.mark.parametrize("path", ["/agents/cart-a?vs=cart-b~evaluation-best", "/agents/cliff", "/agents/swing"])
def test_the_page_can_be_read_and_fits(visit: Any, path: str) -> None:
    page = visit(path)
    assert page.evaluate(script("nameless")) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate(script("unreadable"))["found"] == []
    for width in (640, 400):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(script("too_wide"), width) == []


def test_the_drawer_runs(visit: Any, agents: Studio, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    page = visit("/agents/cart-a?episode=evaluation-best&at=1&lambda=0.5")
    page.keyboard.press("d")
    page.get_by_role("tab", name="Python").click()
    monkeypatch.setenv("SHOESTRING_RUNS", str(agents.runs))
    expect(page.locator("#drawer-code")).to_contain_text("import shoestring")
    code = page.locator("#drawer-code").inner_text()
    page.keyboard.press("d")
    exec(compile(code, "drawer", "exec"), {})
    kept = episodes.read(episodes.find(agents.runs / "cart-a", "evaluation-best"))
    assert str(kept.total) in capsys.readouterr().out


def test_what_is_not_there_is_said(watched: Watched, agents: Studio) -> None:
    watched.page.goto(f"{agents.url}/agents/nothing")
    expect(watched.page.locator(".notice.bad")).to_contain_text("no run 'nothing'")
    watched.page.goto(f"{agents.url}/agents/cart-a?episode=other")
    expect(watched.page.locator(".notice.bad")).to_contain_text("it has: training-000000000000")
    watched.expect_refusal(404)


@pytest.mark.slow
def test_an_agent_is_trained_from_the_page_and_watched(browser: Browser, tmp_path: Any) -> None:
    """From nothing: a real training process, whose episodes come to the page by themselves."""
    settings = Settings(port=0, runs=tmp_path / "runs", database=f"sqlite:///{tmp_path / 'p.sqlite'}", warm=False)
    for studio in serving(settings, Models(runs=tmp_path / "runs"), tmp_path / "runs"):
        page = browser.new_page(viewport={"width": 1320, "height": 1400})
        page.set_default_timeout(180_000)
        page.goto(f"{studio.url}/agents")
        page.locator("#agent-preset").select_option("rl-sarsa")
        page.get_by_role("button", name="Train").click()
        expect(page.locator(".notice.good")).to_contain_text("done, 7 episodes kept", timeout=180_000)
        page.get_by_role("link", name="Watch it").click()
        expect(page.locator(".small-world")).to_be_visible()
        page.screenshot(path=tmp_path / "agents.png")
        page.close()


@pytest.mark.slow
def test_a_player_is_trained_from_the_page_and_played_against(browser: Browser, tmp_path: Any) -> None:
    """While it learns its games can be watched; once it has ended, the board is offered without loading anew."""
    settings = Settings(port=0, runs=tmp_path / "runs", database=f"sqlite:///{tmp_path / 'p.sqlite'}", warm=False)
    for studio in serving(settings, Models(runs=tmp_path / "runs"), tmp_path / "runs"):
        page = browser.new_page(viewport={"width": 1320, "height": 1400})
        page.set_default_timeout(180_000)
        page.goto(f"{studio.url}/agents")
        page.locator("#agent-preset").select_option("rl-connect")
        page.get_by_role("button", name="Train").click()
        page.get_by_role("link", name="Watch it").click()
        expect(page.locator(".notice.good")).to_contain_text("done", timeout=180_000)
        expect(page.locator("#agent-episode option[value=play]")).to_have_count(1)
        page.locator("#agent-episode").select_option("play")
        page.locator('[data-cell="32"]').click()
        expect(page.locator(".cell .stone")).to_have_count(2)
        page.close()
