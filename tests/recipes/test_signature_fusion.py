import pytest

import shoestring
from shoestring.core.errors import BadDataError
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.recipes.training import train

SMALL = ["data=synthetic:6", "split.validation=2"]


@pytest.fixture(scope="module")
def best(tmp_path_factory):
    return train("signature-best", [*SMALL, "split.folds=3"], root=tmp_path_factory.mktemp("runs"), quiet=True)


def test_the_deliverable_verifies_and_shows_why(best):
    verifier = shoestring.load(best.path)
    person = synthetic_set(1, genuine=8, forgeries=0, seed=9)
    template = verifier.enrol(person[:5])
    assert (
        verifier.verify(template, person[6]).score > verifier.verify(template, synthetic_set(1, 1, 0, seed=10)[0]).score
    )
    assert verifier.matcher.explain(template, person[6])["path"]


def test_labels_are_those_of_fit_and_calibration(best):
    assert best.info()["status"] == "done" and best.spent() == {"labels": 4 * 40}


def test_a_test_part_is_reported_with_intervals(best):
    metrics = best.summary()["metrics"]
    for name in ("eer_skilled", "eer_random"):
        assert 0 <= metrics[name]["low"] <= metrics[name]["value"] <= metrics[name]["high"] <= 1
    assert metrics["template_bytes"] > 1_000


def test_running_again_gives_the_same_model(best, tmp_path):
    again = train("signature-best", [*SMALL, "split.folds=3"], root=tmp_path, quiet=True)
    assert shoestring.load(again.path).fingerprint == shoestring.load(best.path).fingerprint


def test_the_baseline_is_plain_dtw(tmp_path):
    run = train("signature-dtw", SMALL, root=tmp_path, quiet=True)
    matcher = shoestring.load(run.path).matcher
    assert matcher.config.compare == () and matcher.config.prior == 0
    assert {tuple(fit.fusion.weights.shape) for fit in matcher._fits.values()} == {(1,)}


def test_too_few_writers_are_refused(tmp_path):
    with pytest.raises(BadDataError, match="leaves 0 to train"):
        train("signature-best", ["data=synthetic:2", "split.validation=2"], root=tmp_path, quiet=True)
