"""The Faces page in a real browser: files, drop, clipboard, camera; enrol, verify, gallery, forget."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from shoestring.data.image_decode import encode_png
from shoestring.data.images import Picture
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.service.models import Models
from shoestring.service.settings import Settings

from .conftest import CHROMIUM, FLAGS, Studio, Watched, painted, script, serving
from .face_model import face_verifier

PEOPLE, EACH = 4, 6


@pytest.fixture(scope="session")
def photos() -> list[list[bytes]]:
    """Of each drawn person six pictures; nobody of them was trained or calibrated on."""
    faces = synthetic_faces(PEOPLE, EACH, seed=5)
    return [[encode_png(face) for face in faces.pictures[EACH * n : EACH * (n + 1)]] for n in range(PEOPLE)]


@pytest.fixture(scope="module")
def studio(verifier: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with a model for faces."""
    home = tmp_path_factory.mktemp("faces")
    models = Models()
    models.add("pen", verifier)
    models.add("faces", face_verifier())
    settings = Settings(port=0, runs=home / "runs", database=f"sqlite:///{home / 'people.sqlite'}", warm=False)
    yield from serving(settings, models, home / "runs")


@pytest.fixture
def faces(watched: Watched, request: pytest.FixtureRequest) -> Page:
    """The Faces page with a new person of the name of the test, added by keyboard alone."""
    page = watched.open("/faces")
    add(page, name_of(request))
    return page


def name_of(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)[:50]


def add(page: Page, name: str) -> None:
    expect(page.locator("#people-title")).to_be_visible()
    if not page.locator("#new-name").count():
        page.get_by_role("button", name="New person").press("Enter")
    page.locator("#new-name").focus()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type("agreed in the test")
    # Keys skip what is painted as disabled still.
    expect(page.locator("#new-many")).to_be_enabled()
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_enabled()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".people-table tr.here .name")).to_have_text(name)


def put(page: Page, photo: bytes, name: str = "photo.png") -> None:
    """Choose a file, and wait for what the server sees in it."""
    page.set_input_files("#photo", files=[{"name": name, "mimeType": "image/png", "buffer": photo}])
    page.wait_for_function(script("looked_at"))
    painted(page)


def enrol(page: Page, chosen: list[bytes]) -> None:
    already = page.locator(".faces-samples li").count()
    for number, photo in enumerate(chosen, already + 1):
        put(page, photo)
        expect(page.locator(".quality .chip.good")).to_be_visible()
        page.locator("main").focus()
        page.keyboard.press("e")
        expect(page.locator(".faces-samples li")).to_have_count(number)


def test_files_and_keys_alone_enrol_three_and_verify(faces: Page, photos: list[list[bytes]]) -> None:
    enrol(faces, photos[0][:3])
    expect(faces.locator(".vector")).to_have_count(3)
    put(faces, photos[0][4])
    expect(faces.locator(".shown rect.good")).to_have_count(1)
    expect(faces.locator(".quality img")).to_be_visible()
    faces.keyboard.press("v")
    expect(faces.locator(".verdict-word")).to_have_text("Accept")
    expect(faces.locator(".promise")).to_contain_text("pictures of somebody else")
    expect(faces.locator(".promise")).to_contain_text("of 20 people")
    put(faces, photos[3][5])
    expect(faces.locator(".verdict")).to_have_count(0)
    expect(faces.locator(".quality .chip.good")).to_be_visible()
    faces.keyboard.press("v")
    expect(faces.locator(".verdict-word")).to_have_text("Reject")
    put(faces, photos[0][1])
    expect(faces.locator(".quality .chip.good")).to_be_visible()
    faces.keyboard.press("v")
    expect(faces.locator(".verdict .notice.bad")).to_contain_text("very picture")


def test_reasons_are_shown_and_such_a_picture_cannot_be_enrolled(faces: Page, photos: list[list[bytes]]) -> None:
    noise = encode_png(Picture(np.random.default_rng(0).integers(0, 255, (160, 160), dtype=np.uint8)))
    put(faces, noise)
    expect(faces.locator(".refusals")).to_contain_text("No face")
    expect(faces.locator(".tools button").nth(1)).to_be_disabled()
    faces.keyboard.press("e")
    expect(faces.locator(".toast")).to_contain_text("will not do")
    faces.keyboard.press("x")
    expect(faces.locator(".stage-empty")).to_be_visible()


def test_what_is_no_picture_is_refused_in_the_words_of_the_server(
    faces: Page, watched: Watched, photos: list[list[bytes]]
) -> None:
    put(faces, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "face.png")
    expect(faces.get_by_role("alert")).to_contain_text("face.png: image: is text, perhaps SVG")
    expect(faces.locator(".stage-empty")).to_be_visible()
    watched.expect_refusal(422)


def test_pictures_come_by_drop_and_from_the_clipboard(faces: Page, photos: list[list[bytes]]) -> None:
    data = base64.b64encode(photos[1][0]).decode()
    for way in ("drop", "paste"):
        faces.locator(".stage").evaluate(script("give_file"), [way, data])
        expect(faces.locator(".quality .chip.good")).to_be_visible()
        faces.keyboard.press("x")
        expect(faces.locator(".stage-empty")).to_be_visible()


def test_the_gallery_moves_its_error_rates_with_the_handle(faces: Page, photos: list[list[bytes]], request) -> None:
    enrol(faces, photos[1][:3])
    add(faces, f"{name_of(request)} two")
    enrol(faces, photos[2][:3])
    expect(faces.locator(".histogram")).to_be_visible()
    rates = faces.locator(".rates tbody")
    handle = faces.locator("#threshold")
    handle.focus()
    faces.keyboard.press("Home")
    expect(rates.locator("tr").nth(0)).to_contain_text("100 %")
    low = faces.locator("#threshold-value").inner_text()
    faces.keyboard.press("End")
    expect(rates.locator("tr").nth(1)).to_contain_text("100 %")
    expect(rates.locator("tr").nth(0)).to_contain_text("0 %")
    high = faces.locator("#threshold-value").inner_text()
    assert low != high
    faces.locator("main").focus()
    for _ in range(3):
        faces.keyboard.press(",")
    expect(faces.locator("#threshold-value")).not_to_have_text(high)
    moved = faces.locator("#threshold-value").inner_text()
    faces.wait_for_url("**/faces?**t=*")
    faces.reload()
    expect(faces.locator("#threshold-value")).to_have_text(moved)
    expect(faces.locator(".people-table tr.here .name")).to_have_text(f"{name_of(request)} two")


def test_consent_for_being_looked_for_is_given_and_taken_back(faces: Page, watched: Watched, request) -> None:
    box = faces.get_by_label(f"{name_of(request)} may be looked for among everybody")
    expect(box).not_to_be_checked()
    box.check()
    expect(faces.locator("[role=status].sr")).to_have_text("")
    faces.reload()
    expect(box).to_be_checked()
    box.uncheck()
    expect(faces.locator("[role=status].sr")).to_have_text("")
    faces.reload()
    expect(box).not_to_be_checked()


def test_a_forgotten_person_leaves_with_a_proof(faces: Page, photos: list[list[bytes]], request) -> None:
    enrol(faces, photos[3][:2])
    faces.get_by_role("button", name="Delete picture").first.click()
    expect(faces.locator(".faces-samples li")).to_have_count(1)
    faces.get_by_role("button", name=f"Forget {name_of(request)}").press("Enter")
    expect(faces.get_by_role("dialog")).to_be_visible()
    faces.get_by_role("button", name="Forget", exact=True).press("Enter")
    expect(faces.locator(".notice.good")).to_contain_text("1 vectors")
    expect(faces.locator(".notice.good")).to_contain_text("nothing was found")
    expect(faces.locator(".people-table")).not_to_contain_text(name_of(request))


def test_the_page_fits_and_reads_with_everything_on_it(faces: Page, photos: list[list[bytes]]) -> None:
    enrol(faces, photos[0][:3])
    put(faces, photos[0][4])
    expect(faces.locator(".quality .chip.good")).to_be_visible()
    faces.keyboard.press("v")
    expect(faces.locator(".verdict-word")).to_be_visible()
    assert faces.evaluate(script("nameless")) == []
    for scheme in ("light", "dark"):
        faces.emulate_media(color_scheme=scheme)
        found = faces.evaluate(script("unreadable"))
        assert found["checked"] > 15 and found["found"] == [], scheme
    for width in (640, 400):
        faces.set_viewport_size({"width": width, "height": 800})
        assert faces.evaluate(script("too_wide"), width) == []


def test_the_drawer_gives_a_command_a_request_and_python(watched: Watched) -> None:
    page = watched.open("/faces")
    page.keyboard.press("d")
    code = page.locator("#drawer-code")
    seen = []
    for name in ("Command", "REST", "Python"):
        page.get_by_role("tab", name=name).click()
        page.locator(f"#tab-{name.lower()}[aria-selected=true]").wait_for()
        seen.append(code.inner_text())
    assert seen[0].startswith("shoestring verify") and "/v1/verify -F" in seen[1]
    compile(seen[2], "drawer", "exec")


def test_the_camera_starts_on_a_press_and_stops_with_the_picture(studio: Studio, browser: Browser) -> None:
    """With the camera that Chromium pretends to have: it shows no face, and the page says so."""
    launched = browser.browser_type.launch(
        executable_path=CHROMIUM,
        args=[*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
    )
    page = launched.new_page()
    page.goto(f"{studio.url}/faces")
    expect(page.locator(".stage-empty")).to_be_visible()
    assert page.locator("video").count() == 0, "nothing films unasked"
    page.keyboard.press("c")
    expect(page.locator("video")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.stage video').videoWidth > 0")
    tracks = page.evaluate_handle("() => document.querySelector('.stage video').srcObject.getTracks()")
    page.keyboard.press("c")
    expect(page.locator(".refusals")).to_contain_text("No face")
    assert page.evaluate("(tracks) => tracks.map(({ readyState }) => readyState)", tracks) == ["ended"]
    page.keyboard.press("c")
    expect(page.locator("video")).to_be_visible()
    tracks = page.evaluate_handle("() => document.querySelector('.stage video').srcObject.getTracks()")
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.locator("video")).to_have_count(0)
    assert page.evaluate("(tracks) => tracks.map(({ readyState }) => readyState)", tracks) == ["ended"]
    launched.close()


def test_without_a_model_the_page_says_so_and_starts_the_training(
    context: Any, tmp_path_factory: pytest.TempPathFactory, verifier: Any
) -> None:
    home = tmp_path_factory.mktemp("none")
    models = Models()
    models.add("pen", verifier)
    settings = Settings(port=0, runs=home / "runs", database=f"sqlite:///{home / 'people.sqlite'}", warm=False)
    serve = serving(settings, models, home / "runs")
    started = next(serve)
    page = context.new_page()
    sent = []
    page.route("**/v1/runs", lambda route: (sent.append(route.request.post_data_json), route.fulfill(
        status=201, content_type="application/json", body='{"run": "2026-11-26_face-patterns_0000"}'))[1])  # fmt: skip
    page.goto(f"{started.url}/faces")
    expect(page.locator("#no-model")).to_be_visible()
    expect(page.get_by_role("button", name="Train face-patterns")).to_be_disabled()
    page.locator("#folder").fill("/data/faces")
    page.get_by_role("button", name="Train face-patterns").click()
    expect(page.locator(".notice.good a")).to_have_attribute("href", "/runs?open=2026-11-26_face-patterns_0000")
    assert sent == [{"preset": "face-patterns", "overrides": {"data": "/data/faces", "crop": "face"}}]
    page.close()
    next(serve, None)
