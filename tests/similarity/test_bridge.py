import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.bridge import Bridge
from shoestring.similarity.encoders import InceptionSmall
from shoestring.similarity.matchers.centroid import Centroid
from shoestring.similarity.protocol import compare
from shoestring.similarity.verifier import Verifier

FACES = synthetic_faces(6, 5, seed=4)


def fitted(seed):
    torch.manual_seed(seed)
    return Centroid().fit(InceptionSmall(height=24, breadth=24, channels=4).build().eval(), FACES)


def test_templates_are_the_old_ones_and_scores_those_of_the_new_model():
    older, newer = fitted(0), fitted(1)
    with pytest.raises(BadDataError, match="does not read"):
        Bridge(older, newer)
    newer = newer.following(older)
    bridge = Bridge(older, newer)
    template = bridge.enrol(FACES[:2])
    assert template.matcher == older.fingerprint and bridge.fingerprint == newer.fingerprint
    assert np.array_equal(bridge.score(template, FACES[2:6]), newer.score(template, FACES[2:6]))
    assert bridge.update(template, FACES[2]).matcher == newer.fingerprint
    assert bridge.reads == newer.reads and bridge.explain(template, FACES[0]) is None
    assert compare(bridge, FACES, references=2).matcher == newer.fingerprint


def test_a_verifier_takes_the_templates_that_its_matcher_declares_and_no_others():
    older, newer = fitted(0), fitted(1)
    before = Verifier.calibrate(older, FACES, references=2, modality="face")
    template = before.enrol(FACES[:2])
    after = Verifier.calibrate(newer.following(older), FACES, references=2, modality="face")
    assert older.fingerprint in after.reads and before.reads == {older.fingerprint}
    assert after.verify(template, FACES[2]).decision in ("accept", "reject", "undecided")
    updated = after.update(template, FACES[2])
    assert updated.matcher == after.fingerprint
    for stranger in (before, Verifier.calibrate(newer, FACES, references=2)):
        with pytest.raises(BadDataError, match="enrol the person again"):
            stranger.verify(updated, FACES[2])
