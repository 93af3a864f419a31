import numpy as np
import pytest

import shoestring
from shoestring.core.errors import BadDataError, BudgetExhaustedError
from shoestring.core.ledger import Budget
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.recipes import presets
from shoestring.recipes.training import create, execute, plan, train
from tests.recipes.stopping import stopped_at

SMALL = ["data=synthetic:7", "steps=24", "batch_size=16", "eval_every=6", "split.validation=2", "validation_pairs=64"]


def result(run):
    """What must not differ between two runs that compute the same."""
    weights = (run.path / "model" / "matcher" / "model.safetensors").read_bytes()
    return run.metrics(), run.summary()["metrics"], weights


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return train("bromley1993-compact", SMALL, root=tmp_path_factory.mktemp("runs"), quiet=True)


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(unbroken, tmp_path):
    stopped = create(plan("bromley1993-compact", SMALL), tmp_path)
    with stopped_at(5):
        execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 5
    train(resume=stopped, quiet=True)
    assert result(stopped) == result(unbroken)
    assert stopped.spent() == unbroken.spent()


def test_another_seed_gives_another_network(unbroken, tmp_path):
    other = train("bromley1993-compact", SMALL, seed=1, root=tmp_path, quiet=True)
    assert result(other)[2] != result(unbroken)[2]


def test_the_best_network_on_validation_pairs_is_the_one_that_is_kept(unbroken):
    losses = dict(unbroken.metrics(["validation_loss"])["validation_loss"])
    metrics = unbroken.summary()["metrics"]
    assert metrics["best_validation_loss"] == min(losses.values()) == losses[metrics["best_step"]]


def test_the_delivered_weights_are_those_of_the_best_step_and_not_the_last(tmp_path):
    # Steps so large that the network gets worse again.
    settings = [*SMALL, "learning_rate=0.3"]
    run = train("bromley1993-compact", settings, root=tmp_path, quiet=True)
    best = run.summary()["metrics"]["best_step"]
    assert best < 24
    ended_there = train("bromley1993-compact", [*settings, f"steps={best}"], root=tmp_path, quiet=True)
    assert result(run)[2] == result(ended_there)[2]


def test_the_deliverable_is_a_verifier_with_templates_of_eighty_bytes(unbroken):
    verifier = shoestring.load(unbroken.path)
    person = synthetic_set(1, genuine=8, forgeries=0, seed=9)
    template = verifier.enrol(person[:6])
    assert len(template.payload) == unbroken.summary()["metrics"]["template_bytes"] == 80
    assert verifier.verify(template, person[6]).decision in ("accept", "reject", "undecided")
    assert unbroken.summary()["metrics"]["weights"] == 634


def test_labels_and_comparisons_are_charged_once(unbroken):
    assert unbroken.spent() == {"labels": 7 * 40, "comparisons": 24 * 16}


def test_a_budget_of_comparisons_ends_the_training_exactly_and_still_delivers(tmp_path):
    run = train("bromley1993", SMALL, budgets=[Budget("comparisons", 100)], root=tmp_path, quiet=True)
    assert run.spent()["comparisons"] == 100
    assert run.info()["status"] == "budget" and run.summary()["step"] == 7
    assert shoestring.load(run.path).matcher.kind == "gaussian-signer"


def test_a_budget_of_labels_pays_for_the_data_or_refuses_it(tmp_path):
    short = ["steps=2", "eval_every=2"]
    run = train("bromley1993", [*SMALL, *short], budgets=[Budget("labels", 280)], root=tmp_path, quiet=True)
    assert run.spent()["labels"] == 280 and run.summary()["step"] == 2 and run.info()["status"] == "done"
    with pytest.raises(BudgetExhaustedError, match="needs 280 labels before its first step"):
        train("bromley1993", [*SMALL, *short], budgets=[Budget("labels", 100)], root=tmp_path, quiet=True)


def test_a_test_part_is_reported_with_intervals_over_people(tmp_path):
    run = train("bromley1993-compact", [*SMALL, "split.folds=2", "split.fold=1", "steps=6"], root=tmp_path, quiet=True)
    metrics = run.summary()["metrics"]
    for name in ("eer_skilled", "eer_random"):
        assert 0 <= metrics[name]["low"] <= metrics[name]["value"] <= metrics[name]["high"] <= 1
    assert run.spent()["labels"] < 7 * 40


def test_too_few_writers_are_refused_before_any_training(tmp_path):
    with pytest.raises(BadDataError, match="which leaves 0 to train"):
        train("bromley1993", [*SMALL, "data=synthetic:2"], root=tmp_path, quiet=True)


def test_both_published_variants_have_a_preset():
    ours = {preset.name for preset in presets() if preset.recipe == "signature-pairs"}
    assert {"bromley1993", "bromley1993-compact"} <= ours
    wide, compact = (plan(name).component for name in ("bromley1993", "bromley1993-compact"))
    assert (wide.encoder.architecture, compact.encoder.architecture) == ("wide", "compact")
    assert wide.loss.different == compact.loss.different == -0.9
    assert np.isclose([wide.pairs.genuine, wide.pairs.skilled, wide.pairs.zero_effort], [0.5, 0.4, 0.1]).all()
    assert (compact.matcher.storage, compact.matcher.keep, wide.matcher.window) == ("bytes", 38, 6)
