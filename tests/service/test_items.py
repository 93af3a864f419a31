"""What every modality must do, with one item of each."""

import pytest

from shoestring.service.modalities import modality_of, read
from shoestring.service.people import SampleBody
from shoestring.service.store import Store
from tests.service.test_pictures import coded


@pytest.fixture(params=["signature", "face", "image"])
def given(request, pages, photos, verifier, face_verifier):
    """Two bodies of one person, and the model for them."""
    if request.param == "signature":
        return request.param, [SampleBody(strokes=page) for page in pages[0][:2]], verifier
    return request.param, [SampleBody(image=coded(photo)) for photo in photos[0][:2]], face_verifier


def test_what_is_kept_of_an_item_stands_for_it(given, tmp_path):
    name, bodies, model = given
    modality = modality_of(name)
    items = [modality.prepare(read(body)[0], body, model, keep_images=False) for body in bodies]
    assert all(item.kept.modality == name and item.kept.image is None for item in items)
    store = Store.open(f"sqlite:///{tmp_path / 'people.sqlite'}")
    store.put_person("ana")
    ids = [store.add_sample("ana", item.kept)[0].id for item in items]
    restored = modality.restore(store.samples("ana", captures=True, modality=name), model)
    assert model.enrol(restored).payload == model.enrol([item.item for item in items]).payload
    known = store.enrolment("ana", model.fingerprint, name)
    told = modality.replay(items[1], known)
    assert set(told) == {"suspected", "message", "nearest_sample", "difference", "copy_below"}
    assert told["nearest_sample"] == ids[1] and told["difference"] == pytest.approx(0, abs=1e-6)
    assert told["suspected"] is (name != "image"), "a picture of a thing may be the one that is enrolled"
    assert (told["message"] is None) is not told["suspected"]
    assert modality.device_warning(items[0], known) is None
    store.close()
