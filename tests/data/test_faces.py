import sys

import cv2
import numpy as np
import pytest

from shoestring.core.errors import BadDataError, MissingExtraError
from shoestring.data import faces
from shoestring.data.faces import Box, FaceRules, detect, relative_laplacian, sharpness, square
from shoestring.data.images import Picture
from shoestring.data.synthetic_faces import draw_face, draw_look, draw_person


@pytest.fixture(scope="module")
def portrait():
    person, look = draw_person(np.random.default_rng([0, 8])), draw_look(np.random.default_rng(0), 0.0)
    return draw_face(person, look, np.random.default_rng(1), 224, 184)


def reasons(found):
    return [refusal.reason for refusal in found.refusals]


def blurred(picture, sigma):
    return Picture(cv2.GaussianBlur(picture.pixels, (0, 0), sigma))


def test_a_drawn_face_is_found_where_it_is_and_accepted(portrait):
    found = FaceRules().find(portrait)
    assert reasons(found) == [] and len(found.boxes) == 1
    box = found.boxes[0]
    # Eyes and mouth of the drawing are inside, and the face is about as wide as the box.
    assert abs(box.left + box.side / 2 - 92) < 12 and 90 < box.side < 170
    assert found.crop.height == found.crop.width == box.side + 2 * round(0.1 * box.side)
    assert (FaceRules().crop(portrait).pixels == found.crop.pixels).all()


def test_a_face_moves_with_its_picture(portrait):
    larger = Picture(np.pad(portrait.pixels, ((40, 0), (70, 30)), mode="edge"))
    before, after = detect(portrait)[0], detect(larger)[0]
    assert abs(after.left - before.left - 70) <= 8 and abs(after.top - before.top - 40) <= 8
    assert abs(after.side - before.side) <= 10


def test_nobody_is_refused():
    noise = Picture(np.random.default_rng(0).integers(0, 256, (120, 120)).astype(np.uint8))
    found = FaceRules().find(noise)
    assert reasons(found) == ["no-face"] and found.crop is None and found.sharpness is None


def test_two_people_are_refused_and_a_small_one_behind_is_not_counted(portrait):
    pair = Picture(np.concatenate([portrait.pixels, portrait.pixels[:, ::-1]], axis=1))
    found = FaceRules().find(pair)
    assert reasons(found) == ["two-faces"] and len(found.boxes) == 2
    small = cv2.resize(portrait.pixels, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    wide = np.pad(portrait.pixels, ((0, 0), (0, 110)), mode="edge")
    wide[20 : 20 + len(small), 200 : 200 + small.shape[1]] = small
    assert len(detect(Picture(wide.copy()))) == 2
    assert reasons(FaceRules().find(Picture(wide))) == []
    assert reasons(FaceRules(second=0.2).find(Picture(wide.copy()))) == ["two-faces"]


def test_a_far_face_is_too_small(portrait):
    small = Picture(cv2.resize(portrait.pixels, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA))
    assert "too-small" in reasons(FaceRules().find(small))
    assert "too-small" not in reasons(FaceRules(smallest=10).find(small))


def test_a_blurred_face_is_refused(portrait):
    found = FaceRules().find(blurred(portrait, 5.0))
    assert reasons(found) == ["blurred"] and "hold still" in found.refusals[0].message
    with pytest.raises(BadDataError, match=r"upload: sharpness 0\.0"):
        FaceRules().crop(blurred(portrait, 5.0), "upload")


def test_sharpness_falls_with_blur_and_not_with_light_or_size(portrait):
    face = square(portrait, detect(portrait)[0], 0.0)
    values = [sharpness(face), *(sharpness(blurred(face, sigma)) for sigma in (1.0, 2.0, 4.0))]
    assert values == sorted(values, reverse=True) and values[0] > 5 * values[-1]
    dim = Picture((face.pixels * 0.5 + 20).astype(np.uint8))
    assert sharpness(dim) == pytest.approx(values[0], rel=0.1)


def test_the_laplacian_is_that_of_the_book():
    grey = np.random.default_rng(0).integers(0, 256, (9, 7)).astype(np.uint8)
    values = [
        float(grey[i - 1, j]) + grey[i + 1, j] + grey[i, j - 1] + grey[i, j + 1] - 4 * float(grey[i, j])
        for i in range(1, 8)
        for j in range(1, 6)
    ]
    assert relative_laplacian(grey) == pytest.approx(np.var(values) / np.var(grey.astype(float)))
    assert relative_laplacian(np.full((9, 9), 3, np.uint8)) == 0


def test_a_square_beyond_the_border_repeats_it():
    picture = Picture(np.arange(100, dtype=np.uint8).reshape(10, 10))
    found = square(picture, Box(-2, 3, 8), 0.25)
    rows, columns = np.clip(np.arange(1, 13), 0, 9), np.clip(np.arange(-4, 8), 0, 9)
    assert (found.pixels == picture.pixels[np.ix_(rows, columns)]).all()


def test_without_the_package_or_its_model_the_extra_is_named(monkeypatch, portrait, tmp_path):
    faces._cascade.cache_clear()
    monkeypatch.setattr(cv2.data, "haarcascades", str(tmp_path))
    with pytest.raises(MissingExtraError, match=r"shoestring\[faces\]"):
        detect(portrait)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"shoestring\[faces\]"):
        detect(portrait)


@pytest.mark.parametrize(
    "wrong", [{"smallest": 0}, {"least_sharpness": -1}, {"second": 0}, {"margin": 2}, {"agreement": 0}]
)
def test_rules_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError):
        FaceRules(**wrong)


def test_the_documented_figures(shared_data):
    from shoestring.data.image_npz import npz_images

    sides, sharp, counts, soft = [], [], [], []
    for picture in npz_images(shared_data / "orl_faces" / "faces.npz")[::12]:
        found = FaceRules().find(picture)
        counts.append(len(found.boxes))
        sides.append(found.boxes[0].side)
        sharp.append(found.sharpness)
        soft.append(reasons(FaceRules().find(blurred(picture, 2.0))))
    assert counts == [1] * 25 and min(sides) >= 70 and max(sides) <= 112 and min(sharp) > 0.02
    assert all("blurred" in found for found in soft)
    small = npz_images(shared_data / "cmu_faces" / "faces.npz")
    straight = [small[i] for i in range(0, len(small), 31)]
    assert all({"too-small", "no-face"} & set(reasons(FaceRules().find(picture))) for picture in straight)
