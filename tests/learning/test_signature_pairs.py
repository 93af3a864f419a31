"""Training must find what tells writers apart, within seconds, whatever the seed."""

import numpy as np
import pytest

from shoestring.recipes.training import train

BEST_CONSTANT = 0.9025
"""What always answering the mean of the targets 1 and -0.9 costs."""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_criterion_falls_on_pairs_that_were_and_were_not_seen(seed, tmp_path):
    settings = ["data=synthetic:16", "steps=120", "eval_every=30", "learning_rate=0.01", "validation_pairs=240"]
    mix = ["pairs.skilled=0.0", "pairs.zero_effort=0.5"]
    run = train("bromley1993", [*settings, *mix], seed=seed, root=tmp_path, quiet=True)
    losses = [value for _, value in run.metrics(["loss"])["loss"]]
    assert np.mean(losses[-20:]) < 0.6 * BEST_CONSTANT
    assert run.summary()["metrics"]["best_validation_loss"] < BEST_CONSTANT
