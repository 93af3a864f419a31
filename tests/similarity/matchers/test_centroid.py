from dataclasses import replace

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.encoders import InceptionSmall, SiameseConv
from shoestring.similarity.matchers import load_matcher
from shoestring.similarity.matchers.centroid import Centroid
from shoestring.similarity.packed_vectors import unit_rows
from shoestring.similarity.templates import Template

FACES = synthetic_faces(6, 6, seed=2)
SMALL = InceptionSmall(height=24, breadth=24, channels=4)


def fitted(seed=0, encoder=SMALL, **settings):
    torch.manual_seed(seed)
    return Centroid(**settings).fit(encoder.build().eval(), FACES)


def test_the_score_is_minus_the_squared_distance_to_the_mean_direction():
    matcher = fitted(storage="float")
    vectors = unit_rows(matcher.encoder.encode(FACES.pictures))
    centre = vectors[:3].mean(axis=0)
    centre /= np.linalg.norm(centre)
    expected = [-sum((a - b) ** 2 for a, b in zip(vector, centre, strict=True)) for vector in vectors[6:9]]
    np.testing.assert_allclose(matcher.score(matcher.enrol(FACES[:3]), FACES[6:9]), expected, atol=1e-5)


@pytest.mark.parametrize(("storage", "size"), [("float", 512), ("bytes", 128), ("binary", 16)])
def test_templates_have_the_sizes_of_the_article(storage, size):
    matcher = fitted(storage=storage)
    assert len(matcher.enrol(FACES[:4]).payload) == size


def test_bytes_hardly_change_a_score_and_bits_change_it_more():
    exact = fitted(storage="float").score(fitted(storage="float").enrol(FACES[:3]), FACES[3:])
    gaps = {}
    for storage in ("bytes", "binary"):
        matcher = fitted(storage=storage)
        gaps[storage] = np.abs(matcher.score(matcher.enrol(FACES[:3]), FACES[3:]) - exact).max()
    assert gaps["bytes"] < 0.02 * np.ptp(exact) < gaps["binary"]


def test_outputs_that_are_not_of_unit_length_are_scaled():
    matcher = fitted(encoder=SiameseConv(outputs=16), storage="float")
    scores = matcher.score(matcher.enrol(FACES[:1]), FACES[:6])
    assert scores[0] == pytest.approx(0, abs=1e-9) and (scores >= -4).all()


def test_an_update_is_the_running_mean_and_forgets_beyond_its_window():
    matcher = fitted(storage="float", window=3)
    vectors = unit_rows(matcher.encoder.encode(FACES.pictures))
    template = matcher.update(matcher.enrol(FACES[:1]), FACES[1])
    centre = vectors[:2].mean(axis=0)
    np.testing.assert_allclose(matcher.centre(template), centre / np.linalg.norm(centre), atol=1e-6)
    late = Template(matcher.fingerprint, 50, template.payload)
    moved = 2 * matcher.centre(late) + vectors[7]
    np.testing.assert_allclose(matcher.centre(matcher.update(late, FACES[7])), moved / np.linalg.norm(moved), atol=1e-6)
    assert matcher.update(late, FACES[7]).count == 51


def test_templates_of_an_earlier_model_are_read_when_that_is_declared(tmp_path):
    older, newer = fitted(seed=0, storage="bytes"), fitted(seed=1, storage="binary")
    stored = older.enrol(FACES[:3])
    with pytest.raises(BadDataError, match="enrol the person again"):
        newer.score(stored, FACES[3:5])
    following = newer.following(older)
    assert following.reads == {following.fingerprint, older.fingerprint}
    # A matcher that reads other templates is another matcher.
    assert following.fingerprint != newer.fingerprint
    np.testing.assert_allclose(following.centre(stored), older.centre(stored))
    expected = -np.square(unit_rows(following.encoder.encode(FACES[3:5])) - older.centre(stored)).sum(axis=1)
    np.testing.assert_allclose(following.score(stored, FACES[3:5]), expected, atol=1e-5)
    following.save(tmp_path)
    again = load_matcher(tmp_path)
    assert again.fingerprint == following.fingerprint and again.reads == following.reads
    np.testing.assert_allclose(again.score(stored, FACES[3:5]), expected, atol=1e-5)
    updated = following.update(stored, FACES[3])
    assert updated.matcher == following.fingerprint and updated.count == 4 and len(updated.payload) == 16


def test_a_third_model_reads_the_first_through_the_second():
    first, second, third = (fitted(seed=k) for k in range(3))
    latest = third.following(second.following(first))
    assert first.fingerprint in latest.reads and len(latest.reads) == 3
    with pytest.raises(BadDataError, match="do not match"):
        third.following(fitted(encoder=replace(SMALL, width=64)))


def test_damaged_files_and_templates_are_refused(tmp_path):
    matcher = fitted()
    template = matcher.enrol(FACES[:2])
    with pytest.raises(BadDataError, match="bytes"):
        matcher.score(replace(template, payload=template.payload[:-1]), FACES[:1])
    matcher.following(fitted(seed=1)).save(tmp_path)
    text = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(text.replace('"bytes"\n  ]', '"bytes", "bytes"\n  ]'))
    with pytest.raises(BadDataError):
        load_matcher(tmp_path)
    (tmp_path / "config.json").write_text(text.replace('"centroid"', '"centroid", "more": 1', 1))
    with pytest.raises(ConfigError):
        load_matcher(tmp_path)


def test_a_window_of_nothing_is_refused():
    with pytest.raises(ValueError, match="window"):
        Centroid(window=0)
