import pytest

import shoestring
from shoestring.recipes.training import create, execute, plan, train
from tests.recipes.stopping import stopped_at
from tests.recipes.test_text_encoder import result

SMALL = ["steps=60", "width=16", "vocabulary=200", "eval_every=15", "batches.rows=32", "learning_rate=5e-3"]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return train("text-words", SMALL, root=tmp_path_factory.mktemp("runs"), quiet=True)


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(unbroken, tmp_path):
    stopped = create(plan("text-words", SMALL), tmp_path)

    with stopped_at(7):
        execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 7
    train(resume=stopped, quiet=True)
    assert result(stopped) == result(unbroken)


def test_words_are_guessed_better_and_the_model_is_a_start_for_others(unbroken, tmp_path):
    looks = [value for _, value in unbroken.metrics(["held_out_loss"])["held_out_loss"]]
    assert looks[-1] < looks[0] - 0.3
    encoder = shoestring.load(unbroken.path)
    assert encoder.encode(["The man buys a car."]).shape == (1, 16)
    settings = [f"encoder.model={unbroken.path / 'model'}", "batches.rows=500", "epochs=1"]
    assert train("text-sts", settings, root=tmp_path, quiet=True).info()["status"] == "done"
