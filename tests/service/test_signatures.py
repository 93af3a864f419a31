import pytest

from shoestring.data.stroke_page import from_page_json
from shoestring.service.errors import ApiError
from shoestring.service.people import SampleBody
from shoestring.service.signatures import Signatures, read_strokes
from shoestring.service.store import Enrolment
from shoestring.similarity.replay import COPY_BELOW, difference, trace


def prepared(page, **notes):
    body = SampleBody(strokes=page, capture=notes or None)
    return Signatures().prepare(read_strokes(page)[0], body, None, keep_images=False)


def test_a_capture_is_kept_as_it_was_drawn(pages):
    given = prepared(pages[0][0], undone=2)
    assert given.kept.capture == {"strokes": pages[0][0], "capture": {"undone": 2}}
    assert given.kept.points == len(given.item) == len(from_page_json(pages[0][0])) and given.kept.vector is None
    assert given.kept.trace == trace(given.item).tobytes() and given.quality is None


def test_the_nearest_stored_sample_is_found_and_called_a_copy_below_the_limit(pages):
    stored = {str(number): prepared(page).kept.trace for number, page in enumerate(pages[0][:4])}
    known = Enrolment(None, ("0",), frozenset({"pen"}), stored)
    told = Signatures().replay(prepared(pages[0][5]), known)
    apart = [difference(trace(from_page_json(pages[0][5])), trace(from_page_json(page))) for page in pages[0][:4]]
    assert told["difference"] == pytest.approx(min(apart)) and told["nearest_sample"] == str(apart.index(min(apart)))
    assert told["suspected"] is (min(apart) < COPY_BELOW)
    assert Signatures().replay(prepared(pages[0][2]), known)["suspected"] is True
    empty = Signatures().replay(prepared(pages[0][2]), Enrolment(None, (), frozenset(), {}))
    assert (empty["suspected"], empty["nearest_sample"], empty["difference"]) == (False, None, None)


def test_another_device_is_named(pages):
    known = Enrolment(None, ("0",), frozenset({"touch", "mouse"}), {})
    assert "drawn with pen, enrolled with mouse, touch" in Signatures().device_warning(prepared(pages[0][0]), known)
    assert Signatures().device_warning(prepared(pages[0][0]), Enrolment(None, (), frozenset(), {})) is None


def test_strokes_that_are_none_are_refused():
    with pytest.raises(ApiError) as refusal:
        read_strokes({"v": 1})
    assert (refusal.value.status, refusal.value.code) == (422, "bad_strokes")
