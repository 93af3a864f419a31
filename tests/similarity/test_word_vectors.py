import hashlib

import numpy as np
import pytest

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.similarity.word_vectors import (
    BUNDLED,
    frequency_weights,
    read_vectors,
    without_common,
    word_chances,
)


def test_the_bundled_vectors_are_those_of_the_original_to_a_byte(shared_data):
    found = read_vectors()
    with np.load(shared_data / "glove_6b_50d_40k/glove.npz", allow_pickle=False) as file:
        words, vectors = file["words"].tolist(), file["vectors"].astype(np.float32)
    assert [words[place] for place in found.rank] == list(found.words)
    original = vectors[found.rank]
    assert np.abs(found.vectors - original).max() <= np.abs(original).max() / 127
    cosine = (
        (found.vectors * original).sum(1) / np.linalg.norm(found.vectors, axis=1) / np.linalg.norm(original, axis=1)
    )
    assert cosine.min() > 0.999


def test_the_bundled_file_did_not_change_by_itself():
    # Fingerprints of models that use it depend on its bytes: a new file is a new model.
    assert hashlib.sha256(BUNDLED.read_bytes()).hexdigest()[:16] == "1e9fec82a4b07d04"


def test_vectors_come_from_files_of_both_kinds(tmp_path):
    np.savez(tmp_path / "v.npz", words=np.array(["the", ",", "cat"]), vectors=np.arange(6).reshape(3, 2))
    (tmp_path / "v.txt").write_text("the 0 1\n, 2 3\ncat 4 5\n")
    for name in ("v.npz", "v.txt"):
        found = read_vectors(str(tmp_path / name))
        assert found.words == ("the", "cat") and found.vectors.tolist() == [[0, 1], [4, 5]]
        assert found.rank.tolist() == [0, 2]


def test_files_that_are_no_vectors_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("the 0 1\ncat 4\n")
    (tmp_path / "b.npz").write_bytes(b"no")
    np.savez(tmp_path / "c.npz", words=np.array(["a"]), vectors=np.zeros((2, 2)))
    for name in ("a.txt", "b.npz", "c.npz"):
        with pytest.raises(BadDataError):
            read_vectors(str(tmp_path / name))
    with pytest.raises(NotFoundError):
        read_vectors(str(tmp_path / "none.npz"))


def test_frequent_words_weigh_little():
    chances = word_chances(np.arange(1000))
    assert chances.sum() == pytest.approx(1) and chances[0] / chances[9] == pytest.approx(11.7 / 2.7)
    assert frequency_weights(np.array([0.0, 0.01]), 0.01).tolist() == pytest.approx([1.0, 0.5])


def test_directions_that_all_share_are_gone_and_the_rest_stays():
    draw = np.random.default_rng(0)
    own = draw.normal(size=(200, 5)).astype(np.float32)
    shared = np.zeros(5)
    shared[2] = 1
    mixed = (own + 40 * draw.normal(size=(200, 1)) * shared + 7).astype(np.float32)
    cleaned = without_common(mixed, np.ones(200), 1)
    assert np.abs(cleaned @ shared).max() < 1 and np.abs(cleaned.mean(axis=0)).max() < 1e-4
    assert np.linalg.matrix_rank(cleaned, tol=1e-3) == 4
    assert without_common(mixed, np.ones(200), 0) is mixed
