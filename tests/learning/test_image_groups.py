"""Training on drawn faces of some people must help with drawn faces of others, within seconds."""

import numpy as np
import pytest
import torch

import shoestring
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.recipes.training import plan, train
from shoestring.similarity.metrics import eer, rank
from shoestring.similarity.verification_pairs import all_pairs, squared_distances

SETTINGS = [
    "data=synthetic:24", "steps=60", "eval_every=20", "encoder.height=32", "encoder.breadth=32", "encoder.channels=8",
    "encoder.width=32", "batch.genuine=4",
]  # fmt: skip
STRANGERS = synthetic_faces(20, 6, seed=77)


def error(encoder):
    pairs = all_pairs(STRANGERS.identity)
    return eer(rank(-squared_distances(encoder.encode(STRANGERS.pictures), pairs), pairs.same)).value


@pytest.fixture(scope="module")
def untrained():
    torch.manual_seed(0)
    return error(plan("face-triplet", SETTINGS).component.encoder.build())


def test_triplets_of_drawn_people_teach_to_tell_other_drawn_people(untrained, tmp_path):
    run = train("face-triplet", SETTINGS, root=tmp_path, quiet=True)
    trained = error(shoestring.load(run.path).matcher.encoder)
    assert trained < 0.85 * untrained
    losses = [value for _, value in run.metrics(["loss"])["loss"]]
    assert np.mean(losses[-10:]) < np.mean(losses[:10])
