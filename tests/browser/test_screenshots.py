"""The pictures of the README, taken from the real pages.

``STUDIO_IMAGES=write python -m pytest -m slow tests/browser/test_screenshots.py`` puts them into ``docs/images``.
The packaged pen model judges synthetic signatures, the runs and the face model are trained for the picture, and every
face is drawn: nothing on it is made up, and nobody is on it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from shoestring.data.image_decode import encode_png
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.service.models import PACKAGED, Models
from shoestring.service.settings import Settings

from .conftest import Studio, serving
from .face_model import face_verifier
from .strokes import Capture, captures
from .test_sign import put

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 300_000
SEEDS = 5
WRITER = 2
"""The third synthetic writer: one whose name can almost be read."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both networks of 1993, five short runs each."""
    runs = tmp_path_factory.mktemp("trained") / "runs"
    for preset in ("bromley1993", "bromley1993-compact"):
        for seed in range(SEEDS):
            command = [
                sys.executable, "-m", "shoestring", "train", preset, "steps=300", "eval_every=20", f"--seed={seed}",
            ]  # fmt: skip
            subprocess.run(
                command, check=True, capture_output=True, env={**os.environ, "SHOESTRING_RUNS": str(runs)}, timeout=900
            )
    return runs


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The studio as it is after installation."""
    yield from packaged(tmp_path_factory.mktemp("shown"), tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def busy(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The studio after some training."""
    yield from packaged(tmp_path_factory.mktemp("busy"), trained)


def packaged(home: Path, runs: Path) -> Iterator[Studio]:
    if not (PACKAGED / "pen").is_dir():
        pytest.skip("the pen model is not packaged")
    settings = Settings(port=0, runs=runs, database=f"sqlite:///{home / 'people.sqlite'}")
    yield from serving(settings, Models(runs=runs), runs)


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1320, "height": 860}, color_scheme=request.param)
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield opened
    context.close()


@pytest.fixture(scope="module")
def signatures() -> list[Capture]:
    return captures(WRITER + 1, genuine=7, forgeries=3, seed=11)[WRITER]


def take(page: Page, name: str, folder: Path, height: int) -> None:
    """Wait for fonts and curves, and write the picture."""
    scheme = "dark" if page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    page.set_viewport_size({"width": 1320, "height": height})
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready")
    page.locator(".toast:not(.shown)").wait_for(state="attached")
    page.wait_for_timeout(400)
    target = IMAGES if os.environ.get("STUDIO_IMAGES") == "write" else folder
    picture = target / f"{name}-{scheme}.png"
    page.screenshot(path=picture)
    assert 20_000 < picture.stat().st_size < LARGEST


def test_home(page: Page, shown: Studio, tmp_path: Path) -> None:
    page.goto(shown.url)
    expect(page.locator(".articles li")).to_have_count(13)
    expect(page.locator("#machine-title")).to_be_visible()
    take(page, "home", tmp_path, 980)


def test_sign(page: Page, shown: Studio, tmp_path: Path, signatures: list[Capture]) -> None:
    page.goto(f"{shown.url}/sign")
    expect(page.locator("#new-name, #who")).to_be_visible()
    # The dark pictures come second, and their person too.
    second = page.locator("#who").count() == 1
    if second:
        page.get_by_role("button", name="New person").click()
    name = "Ben" if second else "Ana"
    page.locator("#new-name").fill(name)
    page.locator("#new-consent").fill("Synthetic signatures: nobody owns them.")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#who")).to_have_value(name)
    for number in range(5):
        put(page, signatures[number])
        page.keyboard.press("e")
        expect(page.locator(".samples li")).to_have_count(number + 1)
    put(page, signatures[5])
    page.keyboard.press("v")
    expect(page.locator(".verdict-word")).to_be_visible(timeout=60_000)
    expect(page.locator(".replay")).to_be_visible()
    take(page, "sign-genuine", tmp_path, 1320)
    put(page, signatures[7])
    page.keyboard.press("v")
    expect(page.locator(".replay")).to_be_visible()
    take(page, "sign-forgery", tmp_path, 1320)


def test_runs(page: Page, busy: Studio, tmp_path: Path) -> None:
    page.goto(f"{busy.url}/runs?metric=validation_loss&smooth=0.3")
    expect(page.locator(".run-table tbody")).to_have_count(2)
    expect(page.locator(".chart canvas")).to_be_visible()
    take(page, "runs", tmp_path, 1060)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The studio with a model for drawn faces."""
    home = tmp_path_factory.mktemp("gallery")
    models = Models()
    models.add("drawn-faces", face_verifier(steps=250))
    settings = Settings(port=0, runs=home / "runs", database=f"sqlite:///{home / 'people.sqlite'}", warm=False)
    yield from serving(settings, models, home / "runs")


def test_faces(page: Page, gallery: Studio, tmp_path: Path) -> None:
    names, each = ("Ada", "Bela", "Chidi"), 6
    faces = synthetic_faces(len(names), each, seed=5, height=224, width=184)
    for number, name in enumerate(names):
        person = f"{gallery.url}/v1/people/{name}"
        known = page.request.get(person)
        if known.ok:
            continue
        page.request.put(person, data={"consent": "A drawn face: nobody owns it.", "one_to_many": name == "Ada"})
        for picture in faces.pictures[each * number : each * number + 4]:
            part = {"name": "face.png", "mimeType": "image/png", "buffer": encode_png(picture)}
            assert page.request.post(f"{person}/samples", multipart={"image": part}).status == 201
    page.goto(f"{gallery.url}/faces?person=Ada")
    expect(page.locator(".histogram")).to_be_visible()
    photo = {"name": "face.png", "mimeType": "image/png", "buffer": encode_png(faces.pictures[4])}
    page.set_input_files("#photo", files=[photo])
    expect(page.locator(".quality .chip.good")).to_be_visible()
    page.keyboard.press("v")
    expect(page.locator(".verdict-word")).to_be_visible()
    take(page, "faces", tmp_path, 1400)


def test_activations(page: Page, shown: Studio, tmp_path: Path) -> None:
    page.goto(f"{shown.url}/activations?f=gelu,tanh,hardswish")
    expect(page.locator(".curve-grid li")).to_have_count(24)
    page.keyboard.press("r")
    expect(page.locator(".depth-words li")).to_have_count(3, timeout=90_000)
    page.locator("#at").fill("-1.5")
    page.locator("#at").blur()
    page.evaluate("() => scrollTo(0, 0)")
    take(page, "activations", tmp_path, 1300)


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The studio after a player of tic-tac-toe was trained as its preset says."""
    home = tmp_path_factory.mktemp("player")
    command = [sys.executable, "-m", "shoestring", "train", "rl-tictactoe"]
    env = {**os.environ, "SHOESTRING_RUNS": str(home / "runs")}
    subprocess.run(command, check=True, capture_output=True, env=env, timeout=900)
    settings = Settings(port=0, runs=home / "runs", database=f"sqlite:///{home / 'people.sqlite'}", warm=False)
    yield from serving(settings, Models(runs=home / "runs"), home / "runs")


def test_a_game(page: Page, player: Studio, tmp_path: Path) -> None:
    page.goto(f"{player.url}/agents")
    for cell, stones in ((0, 2), (8, 4)):
        page.locator(f'[data-cell="{cell}"]').click()
        expect(page.locator(".cell .stone")).to_have_count(stones)
    expect(page.locator(".weighed tbody tr")).not_to_have_count(0)
    take(page, "agents", tmp_path, 1000)
