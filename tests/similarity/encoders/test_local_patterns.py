import numpy as np
import pytest
import torch

from shoestring.data.images import Picture
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoders import LocalPatterns

FACES = synthetic_faces(4, 3, seed=1)


def fitted(**settings):
    encoder = LocalPatterns(**settings).build()
    encoder.fit_scales(FACES)
    return encoder


def test_a_vector_is_the_mean_direction_of_both_views_less_the_mean_of_training():
    encoder = fitted(rows=2, columns=2, radius=1)
    seen = encoder.prepare(FACES.pictures).double().numpy()
    assert seen.shape == (12, 2, 4 * 59) and encoder.width == 4 * 59
    np.testing.assert_allclose(np.square(seen).reshape(12, 2, 4, 59).sum(axis=3), 1, rtol=1e-5)
    centred = seen - seen.reshape(24, -1).mean(axis=0)
    directions = (centred / np.linalg.norm(centred, axis=2, keepdims=True)).sum(axis=1)
    expected = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    np.testing.assert_allclose(encoder.encode(FACES.pictures), expected, atol=1e-5)


def test_a_picture_and_its_mirror_image_are_one_unless_told_otherwise():
    mirrored = [Picture(np.ascontiguousarray(face.pixels[:, ::-1])) for face in FACES]
    np.testing.assert_allclose(fitted().encode(FACES.pictures), fitted().encode(mirrored), atol=1e-5)
    plain = fitted(mirror=False)
    assert np.abs(plain.encode(FACES.pictures) - plain.encode(mirrored)).max() > 0.01


def test_light_that_keeps_the_order_of_grey_values_changes_nothing():
    grey = [Picture(np.ascontiguousarray(np.tile(np.arange(60, dtype=np.uint8), (72, 1)) + k)) for k in (0, 90)]
    encoder = fitted()
    dark, light = encoder.encode(grey)
    np.testing.assert_array_equal(dark, light)


def test_the_mean_is_part_of_the_state_and_nothing_is_trained():
    encoder = fitted()
    again = LocalPatterns().build()
    again.load_state_dict(encoder.state_dict())
    np.testing.assert_array_equal(again.encode(FACES.pictures), encoder.encode(FACES.pictures))
    assert not list(encoder.parameters()) and encoder.encode([]).shape == (0, encoder.width)
    assert torch.equal(LocalPatterns().build().mean, torch.zeros(encoder.width))


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"radius": 0}, {"height": 15}, {"breadth": 13}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError):
        LocalPatterns(**wrong)
