import pytest
import torch

import shoestring
from shoestring.recipes.training import create, execute, plan, train
from tests.recipes.stopping import stopped_at

SMALL = [
    "images=120",
    "test_images=20",
    "side=8",
    "width=4",
    "blocks=[1, 1]",
    "batch_size=4",
    "steps=12",
    "eval_every=6",
]
SHARED = [*SMALL, "workers=3", "shards=shifted", "compress.rank=1"]


def result(run):
    return run.metrics(), run.summary()["metrics"], (run.path / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return train("powersgd-images", SHARED, root=tmp_path_factory.mktemp("runs"), quiet=True)


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(unbroken, tmp_path):
    stopped = create(plan("powersgd-images", SHARED), tmp_path)
    with stopped_at(5):
        execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 5
    train(resume=stopped, quiet=True)
    assert result(stopped) == result(unbroken) and stopped.spent() == unbroken.spent()


def test_bytes_labels_and_the_model_are_delivered(unbroken):
    spent = unbroken.spent()
    assert spent["labels"] == 100 and spent["bytes"] % 12 == 0
    model = shoestring.load(unbroken.path)
    assert model(torch.zeros(2, 3, 8, 8)).shape == (2, 10) and not model.training
    assert 0 <= unbroken.summary()["metrics"]["test_accuracy"] <= 1


def test_it_learns(tmp_path):
    settings = ["images=700", "test_images=200", "side=16", "width=8", "blocks=[1, 1]", "batch_size=16", "steps=80",
                "eval_every=80", "workers=2"]  # fmt: skip
    run = train("powersgd-images", settings, root=tmp_path, quiet=True)
    assert run.summary()["metrics"]["test_accuracy"] > 0.25


def test_the_published_network_has_a_preset():
    recipe = plan("resnet18").component
    assert (recipe.width, recipe.blocks, recipe.side) == (64, (2, 2, 2, 2), 32)
