import numpy as np
import pytest

from shoestring.core.errors import ConfigError, NotFoundError
from shoestring.recipes.embedding import embedder_of, load_embedder
from tests.recipes.pen import people, small_verifier


def test_the_encoder_within_a_verifier(tmp_path):
    small_verifier().save(tmp_path / "pen")
    found = load_embedder(tmp_path / "pen")
    items = [people()[0], people()[1]]
    assert (found.fingerprint, found.modality) == (small_verifier().fingerprint, "signature")
    np.testing.assert_array_equal(found.encode(items), small_verifier().matcher.encoder.encode(items))
    with pytest.raises(NotFoundError):
        load_embedder(tmp_path / "nothing")


def test_a_model_that_encodes_by_itself_is_taken_as_it_is():
    class Texts:
        fingerprint, modality = "f", "text"

        def encode(self, items):
            return np.full((len(items), 2), 3, np.float32)

    found = embedder_of(Texts())
    assert (found.fingerprint, found.modality) == ("f", "text") and found.encode(["a"]).tolist() == [[3, 3]]


def test_a_model_that_only_compares_is_refused():
    with pytest.raises(ConfigError, match=r"this one \(dtw-references\) makes no vectors"):
        embedder_of(
            type("V", (), {"matcher": type("M", (), {"kind": "dtw-references"})(), "modality": "signature"})(),
            "this one",
        )
