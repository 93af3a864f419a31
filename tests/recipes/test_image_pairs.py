import pytest

import shoestring
from shoestring.core.ledger import Budget
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.recipes import image_pairs
from shoestring.recipes.training import create, plan, train
from tests.recipes.faces import TINY, result, stopped_and_resumed

SMALL = [*TINY, "batch_size=4"]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return train("face-contrastive", SMALL, root=tmp_path_factory.mktemp("runs"), quiet=True)


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(unbroken, tmp_path, monkeypatch):
    stopped = create(plan("face-contrastive", SMALL), tmp_path)
    stopped_and_resumed(stopped, image_pairs, monkeypatch)
    assert result(stopped) == result(unbroken)
    assert stopped.spent() == unbroken.spent() and stopped.spent()["comparisons"] == 6 * 4


def test_a_budget_of_comparisons_ends_at_its_last_pair(tmp_path):
    run = train("face-contrastive", SMALL, budgets=[Budget("comparisons", 10)], root=tmp_path, quiet=True)
    assert run.spent()["comparisons"] == 10 and run.info()["status"] == "budget"


def test_the_published_network_learns_and_is_delivered(tmp_path):
    settings = ["data=synthetic:6", "steps=2", "eval_every=1", "split.validation=2", "references=3", "batch_size=2"]
    run = train("chopra2005", settings, root=tmp_path, quiet=True)
    verifier = shoestring.load(run.path)
    template = verifier.enrol(synthetic_faces(1, 5, seed=9)[:5])
    assert run.summary()["metrics"]["weights"] == 302_048
    assert verifier.modality == "face" and len(template.payload) == 4 + 5 * 50 * 4


def test_presets_say_what_they_are():
    published, changed, small, hinge = (
        plan(name).component
        for name in ("chopra2005", "chopra2005-changed", "face-contrastive", "face-contrastive-hinge")
    )
    assert published.loss.energy_bound == 2 * published.encoder.outputs and published.encoder == changed.encoder
    assert published.loss.kind == changed.loss.kind == small.loss.kind == "exponential-contrastive"
    assert published.augment.shift == 0 < changed.augment.shift and hinge.loss.kind == "hinge-contrastive"
    # The two losses are compared on the same network, pairs, pictures and rule.
    for name in ("encoder", "pairs", "augment", "matcher", "steps", "learning_rate", "batch_size", "split"):
        assert getattr(small, name) == getattr(hinge, name)
