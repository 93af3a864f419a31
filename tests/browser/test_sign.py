"""The Sign page in a real browser: drawn with a pen, by mouse, and from files."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from shoestring.data.stroke_page import page_capture

from .conftest import Watched, painted, script
from .strokes import Capture, captures, draw

GENUINE, FORGERIES = 7, 2
Writers = list[list[Capture]]


@pytest.fixture(scope="module")
def writers() -> Writers:
    """Two writers; of each seven genuine signatures and two forgeries."""
    return captures(2, GENUINE, FORGERIES, seed=11)


@pytest.fixture
def sign(watched: Watched, request: pytest.FixtureRequest) -> Page:
    """The Sign page with a new person of the name of the test, added by keyboard alone."""
    page = watched.open("/sign")
    expect(page.locator("#new-name, #who")).to_be_visible()
    if page.locator("#who").count():
        page.get_by_role("button", name="New person").press("Enter")
    page.locator("#new-name").focus()
    page.keyboard.type(name_of(request))
    page.keyboard.press("Tab")
    page.keyboard.type("agreed in the test")
    # Keys skip what is painted as disabled still.
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_enabled()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_have_value(name_of(request))
    return page


def name_of(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)[:60].replace("[", " ").replace("]", "")


def put(page: Page, capture: dict[str, Any]) -> None:
    """Put a capture on the pad through the file chooser."""
    body = json.dumps(capture).encode()
    page.set_input_files(
        "#import", files=[{"name": "one.strokes.json", "mimeType": "application/json", "buffer": body}]
    )
    page.wait_for_function(
        f"async (rows) => (await ({script('ink')})()).rows.length === rows", arg=len(capture["rows"])
    )
    expect(page.locator("#pad-state")).to_contain_text("points")


def enrol(page: Page, chosen: list[Capture]) -> None:
    for number, capture in enumerate(chosen, 1):
        put(page, capture)
        page.keyboard.press("e")
        expect(page.locator(".samples li")).to_have_count(number)


def test_pen_and_keyboard_alone_enrol_five_and_verify(sign: Page, writers: Writers) -> None:
    mine = writers[0]
    for number in range(5):
        sent = draw(sign, sign.locator(".pad canvas"), mine[number])
        captured = sign.evaluate(script("ink"))
        down = [row for row in captured["rows"] if row[7] == 1]
        assert captured["pointer"] == "pen" and captured["pressure_valid"] is True
        assert len(down) == sent
        assert len({row[3] for row in down}) > 0.8 * len({row[3] for row in mine[number]["rows"][::3]}) > 5
        sign.keyboard.press("e")
        expect(sign.locator(".samples li")).to_have_count(number + 1)
        expect(sign.locator("#pad-state")).to_contain_text("nothing is sent")
    draw(sign, sign.locator(".pad canvas"), mine[5])
    sign.keyboard.press("v")
    expect(sign.locator(".verdict-word")).to_have_text("Accept")
    expect(sign.locator(".promise")).to_contain_text("of 14 people")
    expect(sign.locator(".replay canvas")).to_be_visible()
    expect(sign.locator(".trace")).to_have_count(2)
    sign.keyboard.press(" ")
    expect(sign.get_by_role("button", name="Pause")).to_be_visible()
    expect(sign.get_by_role("button", name="Play")).to_be_visible()


def test_what_the_pen_did_arrives_with_its_own_times(sign: Page, writers: Writers) -> None:
    """Event time stamps, not the moment of handling; tilt; the path between strokes; nothing after the last one."""
    stroke = writers[0][0]["columns"].index("stroke")
    capture = next(one for writer in writers for one in writer if one["rows"][-1][stroke] > 0)
    draw(sign, sign.locator(".pad canvas"), capture, every=2)
    got = sign.evaluate(script("ink"))
    times = [row[2] for row in got["rows"]]
    assert times == sorted(times)
    at = capture["columns"].index("t")
    inked = [row[at] for row in capture["rows"] if row[capture["columns"].index("down")]]
    assert times[-1] - times[0] == pytest.approx(inked[-1] - inked[0], abs=2)
    assert {row[4] for row in got["rows"] if row[7] == 1} == {20}
    assert any(row[7] == 0 for row in got["rows"]) and got["rows"][-1][7] == 1
    signature = page_capture(got).signature()[0]
    assert signature.pressure is not None and len(signature) > 20


def test_mouse_is_marked_without_pressure(sign: Page, writers: Writers) -> None:
    draw(sign, sign.locator(".pad canvas"), writers[0][0], pointer="mouse", every=8)
    got = sign.evaluate(script("ink"))
    assert got["pointer"] == "mouse" and got["pressure_valid"] is False
    assert {row[3] for row in got["rows"] if row[7] == 1} == {0.5}
    expect(sign.locator("#pad-state")).to_contain_text("no pressure from this device")
    assert page_capture(got).signature()[0].pressure is None


def test_samples_that_the_browser_bundled_are_all_kept(sign: Page) -> None:
    sign.locator(".pad canvas").evaluate(script("coalesced"), [1000, 1010, 1020, 1030, 1040])
    rows = sign.evaluate(script("ink"))["rows"]
    assert [row[0] for row in rows] == [10, 20, 30, 40]
    assert [row[2] for row in rows] == [1000, 1010, 1020, 1030]


def test_times_that_the_browser_swapped_do_not_run_backwards(sign: Page) -> None:
    sign.locator(".pad canvas").evaluate(script("coalesced"), [1000, 1010, 1009.9, 1030, 1040])
    assert [row[2] for row in sign.evaluate(script("ink"))["rows"]] == [1000, 1010, 1010, 1030]


def test_pressure_is_judged_by_its_values_not_by_the_device(watched: Watched) -> None:
    page = watched.open("/sign")
    values = {"mouse": [0.5] * 9, "touch": [0, 1, 1, 0.5, 1], "none": [0.0] * 9, "pen": [0.1, 0.2, 0.31, 0.4, 0.5]}
    judged = {name: page.evaluate(script("pressure_valid"), given) for name, given in values.items()}
    assert judged == {"mouse": False, "touch": False, "none": False, "pen": True}


def test_other_pointer_than_enrolled_is_warned_about(sign: Page, writers: Writers) -> None:
    enrol(sign, writers[0][:1])
    draw(sign, sign.locator(".pad canvas"), writers[0][1], pointer="mouse", every=8)
    expect(sign.locator(".notice.unsure")).to_contain_text("Enrolled with pen, but this was drawn with mouse")
    sign.keyboard.press("v")
    expect(sign.locator(".verdict .notice.unsure")).to_contain_text("Different device")


def test_a_copy_is_refused(sign: Page, writers: Writers) -> None:
    enrol(sign, writers[0][:4])
    put(sign, writers[0][2])
    sign.keyboard.press("v")
    expect(sign.locator(".verdict-word")).to_have_text("Reject")
    expect(sign.locator(".verdict .notice.bad")).to_contain_text("Too perfect a copy")


def test_undo_takes_strokes_back_one_by_one(sign: Page) -> None:
    points = [(stroke, x) for stroke in range(3) for x in range(20)]
    rows = [[x, 50 + stroke, 10 * (x + 100 * stroke), 0.1 + x / 50, 0, 0, stroke, 1] for stroke, x in points]
    columns = ["x", "y", "t", "p", "tx", "ty", "stroke", "down"]
    put(sign, {"v": 1, "pointer": "pen", "pressure_valid": True, "dpr": 1, "columns": columns, "rows": rows})
    for left in (2, 1):
        sign.keyboard.press("z")
        assert {row[6] for row in sign.evaluate(script("ink"))["rows"]} == set(range(left))
    sign.keyboard.press("z")
    assert sign.evaluate(script("ink"))["rows"] == []
    sign.keyboard.press("z")
    put(sign, {"v": 1, "pointer": "pen", "pressure_valid": True, "dpr": 1, "columns": columns, "rows": rows})
    sign.keyboard.press("x")
    assert sign.evaluate(script("ink"))["rows"] == []


def test_forgery_is_kept_apart_from_the_template(sign: Page, writers: Writers) -> None:
    enrol(sign, writers[0][:1])
    painted(sign)
    size = sign.locator(".facts dd").first.inner_text()
    put(sign, writers[0][GENUINE])
    sign.keyboard.press("f")
    expect(sign.locator(".samples .forgery")).to_have_count(1)
    expect(sign.locator(".facts dd").first).to_have_text(size)
    expect(sign.locator(".progress")).to_contain_text("1 of the 5 advised")


def test_exported_strokes_are_what_was_drawn(sign: Page, writers: Writers) -> None:
    put(sign, writers[0][0])
    with sign.expect_download() as download:
        sign.get_by_role("button", name="Export strokes").click()
    exported = json.loads(download.value.path().read_text())
    original = writers[0][0]
    columns = [exported["columns"].index(name) for name in original["columns"]]
    assert [[row[i] for i in columns] for row in exported["rows"]] == original["rows"]


def test_damaged_file_is_refused_with_its_name(sign: Page) -> None:
    lacking = b'{"v": 1, "columns": ["x"], "rows": []}'
    holed = b'{"v": 1, "columns": ["x", "y", "t", "stroke"], "rows": [[1, 2, null, 0]]}'
    for body in (b"{", b"[]", lacking, holed):
        sign.set_input_files("#import", files=[{"name": "bad.json", "mimeType": "application/json", "buffer": body}])
        expect(sign.locator(".notice.bad")).to_contain_text("bad.json:")
        sign.keyboard.press("x")
        expect(sign.locator(".notice.bad")).to_have_count(0)


def test_forget_shows_its_proof_and_the_person_is_gone(
    sign: Page, writers: Writers, request: pytest.FixtureRequest
) -> None:
    enrol(sign, writers[0][:2])
    sign.get_by_role("button", name="Forget").click()
    sign.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(sign.locator(".samples li")).to_have_count(2)
    sign.get_by_role("button", name="Forget").click()
    sign.get_by_role("dialog").get_by_role("button", name="Forget").click()
    expect(sign.locator(".notice.good")).to_contain_text("is forgotten. Deleted: 1 people, 2 samples, 1 templates")
    expect(sign.locator(".notice.good")).to_contain_text("nothing was found")
    expect(sign.locator("#who option").filter(has_text=name_of(request))).to_have_count(0)


def test_delete_samples_keeps_the_person(sign: Page, writers: Writers, request: pytest.FixtureRequest) -> None:
    enrol(sign, writers[0][:2])
    sign.get_by_role("button", name="Delete sample", exact=False).first.click()
    expect(sign.locator(".samples li")).to_have_count(1)
    sign.get_by_role("button", name="Delete samples").click()
    sign.get_by_role("dialog").get_by_role("button", name="Delete samples").click()
    expect(sign.locator(".samples li")).to_have_count(0)
    expect(sign.locator("#who")).to_have_value(name_of(request))


def test_permalink_brings_the_person_back(sign: Page, writers: Writers, request: pytest.FixtureRequest) -> None:
    enrol(sign, writers[0][:1])
    assert "person=" in sign.url
    other = sign.context.new_page()
    other.goto(sign.url)
    expect(other.locator("#who")).to_have_value(name_of(request))
    expect(other.locator(".samples li")).to_have_count(1)


def test_answer_of_the_page_is_the_answer_of_the_service(sign: Page, writers: Writers) -> None:
    """The verdict, both thresholds and the score are shown as they were sent."""
    enrol(sign, writers[0][:3])
    with sign.expect_response("**/v1/verify") as response:
        put(sign, writers[1][0])
        sign.keyboard.press("v")
    answer = response.value.json()
    assert answer["decision"] == "reject"
    expect(sign.locator(".verdict-word")).to_have_text("Reject")
    label = sign.locator(".scale").get_attribute("aria-label")
    assert label is not None
    shown = [float(word.rstrip(".,").replace("\N{MINUS SIGN}", "-")) for word in label.split() if word[-2:-1].isdigit()]
    assert shown == pytest.approx([answer["score"], answer["reject_below"], answer["threshold"]], rel=0.01)
