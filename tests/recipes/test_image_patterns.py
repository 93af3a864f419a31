import numpy as np
import pytest

import shoestring
from shoestring.core.errors import BadDataError
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.recipes.training import train

SMALL = ["data=synthetic:8", "split.validation=3", "split.folds=4", "references=3"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train("face-patterns", SMALL, root=tmp_path_factory.mktemp("runs"), quiet=True)


def test_the_deliverable_verifies(run):
    verifier = shoestring.load(run.path)
    people = synthetic_faces(2, 6, seed=9)
    template = verifier.enrol(people[:4])
    own, other = (verifier.verify(template, people[k]).score for k in (5, 8))
    assert own > other and verifier.modality == "face" and verifier.matcher.kind == "cohort"


def test_the_run_says_what_it_took_and_what_came_out(run):
    metrics = run.summary()["metrics"]
    assert run.info()["status"] == "done" and run.spent() == {"labels": 6 * 10}
    assert 0 <= metrics["eer_random"]["low"] <= metrics["eer_random"]["value"] <= metrics["eer_random"]["high"] <= 1
    width = 6 * 5 * 59
    assert metrics["leaks"] == 0 and metrics["template_bytes"] == 4 + 3 * (width + 4)


def test_running_again_gives_the_same_model(run, tmp_path):
    again = train("face-patterns", SMALL, root=tmp_path, quiet=True)
    assert shoestring.load(again.path).fingerprint == shoestring.load(run.path).fingerprint


def test_the_scale_is_that_of_training_people_only(run, tmp_path):
    """Other people in calibration and test, the same in training: nothing of the matcher may change."""
    other = train("face-patterns", [*SMALL, "split.folds=1", "split.validation=6"], root=tmp_path, quiet=True)
    matchers = [shoestring.load(one.path).matcher for one in (run, other)]
    assert matchers[0].fingerprint != matchers[1].fingerprint
    assert len(matchers[1]._cohort) == 2 * 10 and len(matchers[0]._cohort) == 3 * 10
    assert not np.isclose(matchers[0].encoder.mean, matchers[1].encoder.mean).all()


def test_too_few_people_are_refused(tmp_path):
    with pytest.raises(BadDataError, match="leaves 0 to train"):
        train("face-patterns", ["data=synthetic:3", "split.validation=3"], root=tmp_path, quiet=True)
