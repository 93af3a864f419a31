import numpy as np
import pytest
import torch

import shoestring
from shoestring.core.errors import ConfigError
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.recipes import image_harmonic
from shoestring.recipes.training import create, plan, train
from tests.recipes.faces import TINY, result, stopped_and_resumed

SMALL = [*TINY, "batch.identities=3", "batch.genuine=3"]
HARMONIC = [setting for setting in SMALL if not setting.startswith("encoder")] + ["last_layer=3", "learning_rate=0.01"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def models(root):
    old = train("face-triplet", [*SMALL, "steps=2"], seed=1, root=root, quiet=True)
    return old, train("face-triplet", SMALL, seed=2, root=root, quiet=True)


@pytest.fixture(scope="module")
def unbroken(models, root):
    old, new = models
    return train("face-harmonic", [*HARMONIC, f"old={old.path}", f"new={new.path}"], root=root, quiet=True)


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(models, unbroken, tmp_path, monkeypatch):
    old, new = models
    stopped = create(plan("face-harmonic", [*HARMONIC, f"old={old.path}", f"new={new.path}"]), tmp_path)
    stopped_and_resumed(stopped, image_harmonic, monkeypatch)
    assert result(stopped) == result(unbroken)


def test_old_templates_are_accepted_and_become_new_ones(models, unbroken):
    before, after = shoestring.load(models[0].path), shoestring.load(unbroken.path)
    person = synthetic_faces(1, 6, seed=9)
    stored = before.enrol(person[:3])
    assert before.fingerprint in after.reads and before.fingerprint != after.fingerprint
    assert after.verify(stored, person[4]).decision in ("accept", "reject", "undecided")
    assert after.update(stored, person[4]).matcher == after.fingerprint
    # The thresholds were measured on both kinds of templates.
    assert after.calibration.comparisons.subjects == 3
    assert len(after.calibration.comparisons.score) == 2 * 3 * (7 + 2 * 7)


def test_at_first_only_the_last_layer_is_trained(models, root):
    old, new = models
    settings = [*HARMONIC, f"old={old.path}", f"new={new.path}", "last_layer=6"]
    run = train("face-harmonic", settings, root=root, quiet=True)
    start, end = (shoestring.load(r.path).matcher.encoder.state_dict() for r in (new, run))
    changed = {name for name in start if not torch.equal(start[name], end[name])}
    assert changed == {"out.weight", "out.bias"}


def test_the_new_vectors_move_towards_the_old_ones(models, root):
    old, new = models
    settings = [*HARMONIC, f"old={old.path}", f"new={new.path}", "steps=30", "last_layer=10", "eval_every=10"]
    run = train("face-harmonic", settings, root=root, quiet=True)
    # Trained people, so that this tests learning and not generalisation.
    faces = synthetic_faces(8, 10)
    older, started, ended = (shoestring.load(r.path).matcher.encoder for r in (old, new, run))
    gap = [
        np.square(e.encode(faces.pictures) - older.encode(faces.pictures)).sum(axis=1).mean() for e in (started, ended)
    ]
    assert gap[1] < 0.8 * gap[0]


def test_both_models_are_needed(root):
    with pytest.raises(ConfigError, match="give old=RUN"):
        train("face-harmonic", HARMONIC, root=root, quiet=True)


def test_other_matchers_cannot_be_followed(root, models):
    pairs = train("face-contrastive", [*TINY, "steps=2", "batch_size=2"], root=root, quiet=True)
    with pytest.raises(ConfigError, match="its matcher is gaussian-subject"):
        train("face-harmonic", [*HARMONIC, f"old={pairs.path}", f"new={models[1].path}"], root=root, quiet=True)
