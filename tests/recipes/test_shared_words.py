import pytest
import torch

import shoestring
from shoestring.core.errors import BadDataError
from shoestring.recipes.training import create, execute, plan, train
from tests.recipes.stopping import stopped_at

SMALL = ["words=40", "hidden=8", "layers=1", "batch_size=4", "length=6", "steps=12", "eval_every=6", "workers=2"]


def result(run):
    return run.metrics(), run.summary()["metrics"], (run.path / "model" / "model.safetensors").read_bytes()


@pytest.mark.parametrize("more", [[], ["model=transformer", "shards=shifted"]])
def test_stopped_and_resumed_equals_unbroken_bit_for_bit(tmp_path, more):
    unbroken = train("powersgd-words", [*SMALL, *more], root=tmp_path, quiet=True)
    stopped = create(plan("powersgd-words", [*SMALL, *more]), tmp_path)
    with stopped_at(4):
        execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 4
    train(resume=stopped, quiet=True)
    assert result(stopped) == result(unbroken) and stopped.spent() == unbroken.spent()
    model = shoestring.load(unbroken.path)
    assert model(torch.zeros(1, 6, dtype=torch.int64)).shape[:2] == (1, 6)


def test_it_learns_which_word_follows(tmp_path):
    settings = ["hidden=24", "layers=1", "steps=150", "eval_every=75", "words=60", "workers=2", "length=8"]
    run = train("powersgd-words", settings, root=tmp_path, quiet=True)
    curve = [value for _, value in run.metrics(["test_perplexity"])["test_perplexity"]]
    # The vocabulary has 36 words, and the rule leaves 192 sentences of eight.
    assert 192 ** (1 / 8) < curve[-1] < curve[0] and curve[-1] < 4


def test_too_many_workers_for_the_text_are_refused(tmp_path):
    with pytest.raises(BadDataError, match="too few words"):
        train("powersgd-words", [*SMALL, "workers=64", "length=400"], root=tmp_path, quiet=True)
