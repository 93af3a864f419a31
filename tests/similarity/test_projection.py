import json

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.projection import Projected, Projection, project


class Base:
    fingerprint, modality = "base", "text"

    def encode(self, items):
        return np.array([[len(item), 1.0, 0.0] if item else [0.0, 0.0, 0.0] for item in items], np.float32)


MATRIX = np.array([[0, 2, 0], [1, 0, 0], [0, 0, 5]], np.float32)


def made(**changes):
    return Projection(**{"matrix": MATRIX, "model": "base", "source": "text", "modality": "text", **changes})


def test_a_vector_is_multiplied_from_the_left_and_scaled_to_length_one():
    vectors = np.array([[3, 4, 0], [0, 0, 0]], np.float32)
    np.testing.assert_allclose(project(vectors, MATRIX), [[8 / 73**0.5, 3 / 73**0.5, 0], [0, 0, 0]], rtol=1e-6)
    np.testing.assert_allclose(project(project(vectors, MATRIX), MATRIX), project(vectors, MATRIX @ MATRIX), rtol=1e-6)
    with pytest.raises(BadDataError, match="vectors of 2 numbers, the projection takes 3"):
        project(vectors[:, :2], MATRIX)


def test_it_comes_back_from_its_folder_and_any_change_is_noticed(tmp_path):
    made(title="t").write(tmp_path)
    back = Projection.read(tmp_path)
    np.testing.assert_array_equal(back.matrix, MATRIX)
    assert (back.model, back.source, back.modality, back.title) == ("base", "text", "text", "t")
    assert back.fingerprint == made().fingerprint
    assert len({made().fingerprint, made(model="x").fingerprint, made(matrix=MATRIX.T.copy() * 2).fingerprint}) == 3
    head = json.loads((tmp_path / "shoestring.json").read_text())
    for change in ({"kind": "verifier"}, {"fingerprint": "0" * 16}, {"base_fingerprint": "x"}, {"base": 7}):
        (tmp_path / "shoestring.json").write_text(json.dumps(head | change))
        with pytest.raises(BadDataError, match=str(tmp_path)):
            Projection.read(tmp_path)
    (tmp_path / "shoestring.json").write_text(json.dumps(head))
    (tmp_path / "model.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(BadDataError, match=r"model\.safetensors"):
        Projection.read(tmp_path)


def test_an_encoder_of_both_and_no_other_model_below():
    encoder = Projected(Base(), made())
    np.testing.assert_allclose(encoder.encode(["abc", ""]), [[2 / 13**0.5, 3 / 13**0.5, 0], [0, 0, 0]], rtol=1e-6)
    assert encoder.fingerprint == made().fingerprint != "base" and encoder.width == 3
    with pytest.raises(BadDataError, match="fingerprint base"):
        Projected(Base(), made(model="other"))
