import pytest

import shoestring
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.recipes.training import create, execute, plan, train
from tests.recipes.stopping import stopped_at

SMALL = [
    "data=synthetic:7", "steps=12", "eval_every=4", "split.validation=2", "encoder.channels=8", "encoder.width=12",
    "encoder.longest=120", "batch.identities=3", "batch.genuine=3", "batch.skilled=2",
]  # fmt: skip


def result(run):
    """What must not differ between two runs that compute the same."""
    weights = (run.path / "model" / "matcher" / "model.safetensors").read_bytes()
    return run.metrics(), run.summary()["metrics"], weights


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return train("signature-modern", SMALL, root=tmp_path_factory.mktemp("runs"), quiet=True)


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(unbroken, tmp_path):
    stopped = create(plan("signature-modern", SMALL), tmp_path)
    with stopped_at(3):
        execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 3
    train(resume=stopped, quiet=True)
    assert result(stopped) == result(unbroken)
    assert stopped.spent() == unbroken.spent() == {"labels": 7 * 40}


def test_the_network_of_the_best_look_is_kept(unbroken):
    looks = unbroken.metrics(["validation_eer_skilled", "validation_eer_random"])
    means = {step: (a + b) / 2 for (step, a), (_, b) in zip(*looks.values(), strict=True)}
    metrics = unbroken.summary()["metrics"]
    assert metrics["best_validation_eer"] == pytest.approx(min(means.values()))
    assert means[metrics["best_step"]] == pytest.approx(min(means.values()))


def test_the_deliverable_is_a_verifier_with_small_templates(unbroken):
    verifier = shoestring.load(unbroken.path)
    person = synthetic_set(1, genuine=8, forgeries=0, seed=9)
    template = verifier.enrol(person[:5])
    assert len(template.payload) == unbroken.summary()["metrics"]["template_bytes"] == 4 + 5 * (4 + 12)
    assert verifier.verify(template, person[6]).decision in ("accept", "reject", "undecided")


@pytest.mark.parametrize(
    ("preset", "loss", "skilled"),
    [
        ("signature-modern", "triplet", 4),
        ("signature-softmax", "softmax-margin", 4),
        ("signature-synthetic", "triplet", 0),
    ],
)
def test_presets_say_what_they_are(preset, loss, skilled):
    recipe = plan(preset).component
    assert recipe.loss.kind == loss and recipe.batch.skilled == skilled
    assert recipe.encoder.kind == "stroke-net" and len(recipe.encoder.features) == 12


def test_training_without_any_forgery_runs(tmp_path):
    run = train(
        "signature-synthetic", [*SMALL, "batch.skilled=0", "steps=2", "eval_every=1"], root=tmp_path, quiet=True
    )
    assert run.info()["status"] == "done"
