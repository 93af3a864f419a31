import dataclasses

import numpy as np
import pytest

import shoestring
from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.recipes.training import create, execute, plan, train
from shoestring.similarity.projection import Projection, project
from shoestring.similarity.text_model import TextEncoder
from tests.recipes.stopping import stopped_at
from tests.similarity.lessons import lessons_with_a_cause


def read(run):
    return Projection.read(run.path / "model")


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(tmp_path):
    data = lessons_with_a_cause().write(tmp_path)
    settings = [f"data={data}", "steps=150", "batch=40"]
    whole = train("taught-pairs", settings, root=tmp_path / "a", quiet=True)
    stopped = create(plan("taught-pairs", settings), tmp_path / "b")
    with stopped_at(40):
        execute(stopped, quiet=True)
    train(resume=stopped, quiet=True)
    np.testing.assert_array_equal(read(stopped).matrix, read(whole).matrix)
    assert stopped.summary()["metrics"] == whole.summary()["metrics"] and stopped.metrics() == whole.metrics()
    assert stopped.spent() == whole.spent() == {"comparisons": 63}


def test_a_direction_that_counts_is_found_and_held_out_pairs_show_it(tmp_path):
    lessons = lessons_with_a_cause(200)
    run = train(
        "taught-pairs", [f"data={lessons.write(tmp_path)}", "collection=given"], root=tmp_path / "r", quiet=True
    )
    metrics = run.summary()["metrics"]
    assert metrics["held_out_gain"]["low"] > 0.05, metrics
    assert metrics["held_out_error_after"]["value"] < 0.3 < metrics["held_out_error_before"]["low"]
    assert run.metrics()["held_out_error"][0] == (0, pytest.approx(metrics["held_out_error_before"]["value"]))
    fresh = lessons_with_a_cause(400, seed=9)
    left, right = (project(fresh.vectors[side], read(run).matrix) for side in fresh.pairs.T)
    wrong = ((left * right).sum(axis=1) >= metrics["threshold_after"]) != fresh.same
    plain = (fresh.scores >= metrics["threshold_before"]) != fresh.same
    assert wrong.mean() < 0.3 < plain.mean(), "the matrix that is kept does what the held-out pairs promise"


def test_answers_without_a_cause_promise_nothing(tmp_path):
    lessons = lessons_with_a_cause(120)
    luck = np.random.default_rng(4).random(120) < 0.5
    data = dataclasses.replace(lessons, same=luck).write(tmp_path)
    run = train("taught-pairs", [f"data={data}"], root=tmp_path / "r",
                quiet=True)  # fmt: skip
    metrics = run.summary()["metrics"]
    assert metrics["held_out_gain"]["low"] < 0 < metrics["held_out_error_after"]["value"] - 0.35


def test_what_was_learned_is_loaded_with_the_model_below_it(tmp_path):
    base = shoestring.load("text")
    draw = np.random.default_rng(0)
    vectors = project(draw.normal(size=(80, base.width)).astype(np.float32), np.eye(base.width, dtype=np.float32))
    lessons = dataclasses.replace(
        lessons_with_a_cause(40), vectors=vectors, model=base.fingerprint, source="text", answers=40
    )
    run = train("taught-pairs", [f"data={lessons.write(tmp_path)}", "steps=3"], root=tmp_path / "runs", quiet=True)
    model = shoestring.load(run.path)
    assert isinstance(base, TextEncoder) and model.kind == "projected" and model.modality == "text"
    texts = ["a refund was not received", "xq"]
    np.testing.assert_array_equal(model.encode(texts), project(base.encode(texts), read(run).matrix))
    # Once more on top: the run below is found beside the run above.
    second = dataclasses.replace(lessons, model=model.fingerprint, source=run.id)
    above = train("taught-pairs", [f"data={second.write(tmp_path)}", "steps=2"], root=tmp_path / "runs", quiet=True)
    assert shoestring.load(above.path).base.fingerprint == model.fingerprint
    with pytest.raises(NotFoundError, match=run.id):
        (run.path / "model" / "shoestring.json").rename(tmp_path / "away.json")
        shoestring.load(above.path)


def test_too_few_pairs_and_no_file_are_refused(tmp_path):
    few = lessons_with_a_cause(12).write(tmp_path)
    with pytest.raises(BadDataError, match="at least 10 of each are needed, so teach"):
        train("taught-pairs", [f"data={few}"], root=tmp_path / "r", quiet=True)
    with pytest.raises(ConfigError, match="collection learn"):
        train("taught-pairs", [], root=tmp_path / "r", quiet=True)
