import numpy as np
import pytest

import shoestring
from shoestring.core.errors import BadDataError, ConfigError
from shoestring.data.paraphrases import scored_paraphrases
from shoestring.recipes.training import create, execute, plan, train
from tests.recipes.stopping import stopped_at
from tests.recipes.texts import small_bert, write_pairs

SMALL = ["epochs=1", "batches.rows=64", "eval_every=8", "learning_rate=0.01"]


def result(run):
    """What must not differ between two runs that compute the same."""
    return run.metrics(), run.summary()["metrics"], (run.path / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return small_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return train("text-static", SMALL, root=tmp_path_factory.mktemp("runs"), quiet=True)


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(unbroken, tmp_path):
    stopped = create(plan("text-static", SMALL), tmp_path)
    with stopped_at(5):
        execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 5
    train(resume=stopped, quiet=True)
    ours, theirs = result(stopped), result(unbroken)
    # The title, and so nothing of the weights, is the run's name.
    assert ours[0] == theirs[0] and ours[1] == theirs[1] and ours[2] == theirs[2]
    assert stopped.spent() == unbroken.spent()


def test_two_stages_with_dropout_resume_bit_for_bit(bert, tmp_path):
    settings = [f"encoder.model={bert}", "encoder.kind=bert", "before.epochs=1", "batches.rows=256", "eval_every=4",
                "epochs=1", "learning_rate=1e-3"]  # fmt: skip
    whole = train("text-nli-sts", settings, root=tmp_path / "a", quiet=True)
    stopped = create(plan("text-nli-sts", settings), tmp_path / "b")
    with stopped_at(2):
        execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 2
    train(resume=stopped, quiet=True)
    assert result(stopped) == result(whole)
    assert set(whole.metrics()) >= {"loss", "held_out_spearman", "padding"}


def test_the_best_moment_is_kept_and_training_helps_on_pairs_it_never_saw(unbroken):
    looks = dict(unbroken.metrics(["held_out_spearman"])["held_out_spearman"])
    metrics = unbroken.summary()["metrics"]
    assert metrics["best_held_out_spearman"]["value"] == pytest.approx(max(looks.values()), abs=1e-6)
    assert looks[metrics["best_step"]] == max(looks.values())
    fresh = scored_paraphrases(300, seed=9)
    model = shoestring.load(unbroken.path)

    def rho(encoder):
        cosines = (encoder.encode(fresh.left) * encoder.encode(fresh.right)).sum(axis=1)
        return np.corrcoef(cosines, fresh.target)[0, 1]

    assert rho(model) > rho(shoestring.load("text")) + 0.01


@pytest.mark.parametrize(
    "settings",
    [
        ["objective=pair-classes"],
        ["objective=cosine-regression"],
        ["objective=triplet-margin"],
        ["objective.kind=multiple-negatives", "objective.chunk=50"],
        ["objective=multiple-negatives"],
    ],
    ids=" ".join,
)
def test_every_objective_trains_and_lowers_its_loss(settings, tmp_path):
    overrides = [*SMALL, *settings, "batches.rows=100", "epochs=2"]
    run = train("text-static", overrides, root=tmp_path, quiet=True)
    losses = [value for _, value in run.metrics(["loss"])["loss"]]
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    assert shoestring.load(run.path).encode(["a man"]).shape == (1, 50)


def test_a_teacher_takes_the_place_of_labels(unbroken, tmp_path):
    pairs = scored_paraphrases(120, seed=3)
    path = write_pairs(tmp_path / "p.jsonl", pairs, score=False)
    settings = [*SMALL, "objective.kind=distillation", f"objective.teacher={unbroken.path}", f"data={path}"]
    run = train("text-static", settings, root=tmp_path, quiet=True)
    assert "held_out_spearman" in run.metrics() and run.info()["status"] == "done"
    with pytest.raises(ConfigError, match=r"objective\.teacher is empty"):
        train("text-static", [*SMALL, "objective=distillation"], root=tmp_path, quiet=True)


def test_leaking_rows_are_removed_and_told(tmp_path):
    pairs = scored_paraphrases(60, seed=4)
    path, held = write_pairs(tmp_path / "p.jsonl", pairs), write_pairs(tmp_path / "h.jsonl", pairs.rows(np.arange(20)))
    run = train("text-static", [*SMALL, f"data={path}", f"held_out={held}"], root=tmp_path, quiet=True)
    assert "20 rows removed, they leak held-out texts (pair)" in (run.path / "log.txt").read_text()
    assert run.spent() == {"labels": 60}
    with pytest.raises(BadDataError, match="nothing is left without leakage"):
        train("text-static", [*SMALL, f"data={held}", f"held_out={path}"], root=tmp_path, quiet=True)


def test_a_run_can_start_from_another(unbroken, tmp_path):
    run = train("text-static", [*SMALL, f"start={unbroken.path}", "learning_rate=1e-9"], root=tmp_path, quiet=True)
    ours, theirs = shoestring.load(run.path), shoestring.load(unbroken.path)
    assert np.allclose(ours.encode(["The man buys a car."]), theirs.encode(["The man buys a car."]), atol=1e-4)


def test_scores_outside_of_their_range_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"scores from 0 to 5 do not fit scores=\[0, 1\]"):
        train("text-static", [*SMALL, "scores=[0.0, 1.0]"], root=tmp_path, quiet=True)
