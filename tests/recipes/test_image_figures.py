import numpy as np
import pytest

from shoestring.core.folder import RunFolder
from shoestring.core.run import Run
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.recipes.image_figures import look_at, note_doubts, warn_of_leaks
from shoestring.similarity.encoded import Encoded

FACES = synthetic_faces(4, 3)


class Vectors:
    """An encoder that knows what to answer."""

    def __init__(self, vectors):
        self.vectors = np.asarray(vectors, np.float32)

    def encode(self, items):
        return self.vectors[: len(items)]


@pytest.fixture
def run(tmp_path):
    folder = RunFolder.create(tmp_path, "images", 'recipe = "image-groups"\n', {})
    with Run(folder, seed=0, quiet=True) as opened:
        yield opened


def test_a_look_has_the_error_over_pairs_and_how_the_vectors_are_spread(run):
    look = look_at(Vectors(np.repeat(np.eye(4), 3, axis=0)), FACES, run)
    assert look.eer == 0 and look.spread == pytest.approx(0.75) and look.dimensions == pytest.approx(3)
    wrong = look_at(Vectors(np.tile(np.eye(4)[:3], (4, 1))), FACES, run)
    assert wrong.eer > 0.5 and not (run.folder.path / "log.txt").exists()


def test_a_collapse_raises_the_alarm(run):
    vectors = np.tile([1.0, 0, 0], (12, 1)) + 1e-4 * np.random.default_rng(0).normal(size=(12, 3))
    assert look_at(Vectors(vectors), FACES, run).spread < 1e-3
    assert "warning: collapse at step 0: the vectors are nearly one" in (run.folder.path / "log.txt").read_text()


def test_a_picture_in_two_parts_is_announced(run):
    assert warn_of_leaks(run, training=FACES.subset(np.arange(6)), test=FACES.subset(np.arange(6, 12))) == 0
    assert warn_of_leaks(run, training=FACES.subset(np.arange(6)), test=FACES.subset(np.arange(5, 12))) == 2
    assert "warning: 2 leaks" in (run.folder.path / "log.txt").read_text()


class Labelled:
    """A matcher that only knows vectors."""

    maker = "0" * 16

    def __init__(self, vectors):
        self.vectors = np.asarray(vectors, np.float32)

    def encoded(self, items):
        return [Encoded(row, self.maker) for row in self.vectors[: len(items)]]


def test_labels_to_look_at_are_written_into_the_run(run):
    vectors = np.repeat(np.eye(4), 3, axis=0)
    assert note_doubts(run, Labelled(vectors), FACES) == 0 and not (run.folder.path / "doubtful.txt").exists()
    vectors[4] = vectors[0]
    assert note_doubts(run, Labelled(vectors), FACES) == 1
    line = "p002/2 looks like p001: cosine 1.000, with its own 0.000"
    assert (run.folder.path / "doubtful.txt").read_text() == line + "\n"
    assert line in (run.folder.path / "log.txt").read_text()
