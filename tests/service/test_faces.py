"""The gallery route: what this store's own pictures say."""

import numpy as np
import pytest

from shoestring.service import faces as routes
from tests.service.test_people import error
from tests.service.test_pictures import enrol_faces


@pytest.fixture
def faces(serve, both):
    return serve(served=both)


def test_a_gallery_says_what_is_missing_until_two_people_have_two_pictures(faces, photos):
    empty = faces.get("/v1/gallery").json()
    assert empty["model"] == "faces" and empty["histogram"] is None and "0 of 0 people" in empty["missing"][0]
    enrol_faces(faces, "ana", photos[0][:3])
    enrol_faces(faces, "ben", photos[1][:1])
    assert "1 of 2 people" in faces.get("/v1/gallery").json()["missing"][0]
    enrol_faces(faces, "ben", photos[1][1:3])
    found = faces.get("/v1/gallery").json()
    assert found["missing"] == [] and (found["people"], found["samples"]) == (2, 6)
    assert (found["same_pairs"], found["different_pairs"]) == (6, 6)
    assert sum(found["histogram"]["same"]) == 6 and sum(found["histogram"]["different"]) == 6
    assert len(found["threshold"]) == len(found["false_accept"]["seen"]) == len(found["false_reject"]["upper95"])
    seen = np.array(found["false_accept"]["seen"])
    assert seen[0] == 1 and seen[-1] == 0 and (np.diff(seen) <= 0).all()
    assert found["complete"] is True


def test_forgotten_people_leave_the_gallery(faces, photos):
    for number, name in enumerate(("ana", "ben", "eva")):
        enrol_faces(faces, name, photos[number][:2])
    assert faces.get("/v1/gallery").json()["people"] == 3
    faces.delete("/v1/people/eva")
    assert faces.get("/v1/gallery").json()["people"] == 2


def test_a_gallery_that_is_too_large_says_that_it_is_a_part(faces, photos, monkeypatch):
    enrol_faces(faces, "ana", photos[0][:3])
    enrol_faces(faces, "ben", photos[1][:3])
    monkeypatch.setattr(routes, "MAX_GALLERY", 5)
    found = faces.get("/v1/gallery").json()
    assert found["samples"] == 5 and found["complete"] is False


def test_models_of_other_things_have_no_gallery(faces):
    assert error(faces.get("/v1/gallery?model=pen")) == (422, "wrong_modality", "model")
    assert error(faces.get("/v1/gallery?model=nothing"))[0] == 404


def test_without_any_model_for_pictures_that_is_what_is_missing(client):
    assert "no model for pictures" in client.get("/v1/gallery").json()["missing"][0]
