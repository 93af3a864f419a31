"""Which model an item meets."""

import pytest

from shoestring.core.errors import NotFoundError
from shoestring.service.errors import ApiError
from shoestring.service.modalities import choose, chosen, modality_of, plural, read
from shoestring.service.models import Models
from shoestring.service.people import SampleBody
from tests.service.test_pictures import coded


def code(call) -> tuple[int, str]:
    with pytest.raises(ApiError) as refusal:
        call()
    return refusal.value.status, refusal.value.code


def test_a_body_holds_exactly_one_item(pages, photos):
    assert code(lambda: read(SampleBody())) == (422, "strokes_or_image")
    assert code(lambda: read(SampleBody(strokes=pages[0][0], image="x"))) == (422, "strokes_or_image")
    assert len(read(SampleBody(strokes=pages[0][0]))[0]) > 10
    assert read(SampleBody(image=coded(photos[0][0])))[0].width == 92
    assert read(SampleBody(image="data:image/png;base64," + coded(photos[0][0])))[0].height == 112


def test_the_model_asked_for_comes_before_the_own_and_that_before_the_default(both, face_verifier):
    both.add("other", face_verifier)
    assert chosen(both, True, "faces", "other") == "other"
    assert chosen(both, True, "other") == "other"
    assert chosen(both, False, "other") == "pen", "a model of faces is passed over for a signature"
    assert chosen(both, True, "pen") in {"faces", "other"}
    assert chosen(both, False, None) == "pen"
    with pytest.raises(NotFoundError):
        chosen(both, True, None, "nothing")
    assert code(lambda: chosen(both, True, None, "pen")) == (422, "wrong_modality")
    assert code(lambda: chosen(both, False, None, "faces")) == (422, "wrong_modality")


def test_a_default_that_takes_something_else_is_named(face_verifier, pages):
    odd = Models({}, default="faces")
    odd.add("faces", face_verifier)
    assert code(lambda: choose(odd, SampleBody(strokes=pages[0][0]), None)) == (409, "wrong_modality")


def test_modalities_are_known_or_refused():
    assert modality_of("image").modality == "image"
    assert code(lambda: modality_of("text")) == (409, "wrong_modality")
    assert [plural(name) for name in ("signature", "face", "image", "text", None)] == [
        "signatures", "faces", "images", "texts", "items (None)"
    ]  # fmt: skip
