"""Settings that make the image recipes small enough for the default tests."""

import pytest

from shoestring.core.errors import InterruptedRunError
from shoestring.recipes.training import execute, train

TINY = [
    "data=synthetic:8", "steps=6", "eval_every=2", "split.validation=3", "split.folds=4", "references=3",
    "encoder.kind=inception-small", "encoder.height=24", "encoder.breadth=24", "encoder.channels=4",
    "encoder.width=12",
]  # fmt: skip


def result(run):
    """What must not differ between two runs that compute the same."""
    weights = (run.path / "model" / "matcher" / "model.safetensors").read_bytes()
    return run.metrics(), run.summary()["metrics"], weights


def stopped_and_resumed(folder, module, monkeypatch):
    """Execute the run in ``folder``, stop it at its first look in the middle, and resume it."""
    look_at = module.look_at

    def look_and_stop(encoder, samples, run):
        run.folder.request_stop()
        return look_at(encoder, samples, run)

    with monkeypatch.context() as patch:
        patch.setattr(module, "look_at", look_and_stop)
        with pytest.raises(InterruptedRunError):
            execute(folder, quiet=True)
    assert folder.summary()["step"] == 2
    return train(resume=folder, quiet=True)
