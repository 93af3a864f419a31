"""A small real recipe: logistic regression on synthetic data, for the tests of what surrounds recipes."""

import hashlib
import time
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import save_file
from torch import nn

from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.core.files import write_json
from shoestring.core.run import Run
from shoestring.recipes import Entry


@component
class Noise:
    kind: Literal["noise"] = "noise"
    scale: float = 0.5
    """Standard deviation added to each input."""


@component
class Logistic:
    """Two Gaussian clouds, one linear unit."""

    steps: int = 60
    """Optimiser steps."""
    rows: int = 64
    noise: Noise = Noise()
    learning_rate: float = 0.05
    eval_every: int = 10
    pause: float = 0.0
    """Seconds to wait after each step."""
    fail_at: int = 0
    """Step at which training breaks; 0 never."""
    data: str = ""
    """A file that must exist, or empty."""


TABLE = {"logistic": Entry("tests.recipes.logistic", "Logistic", "Logistic regression on two clouds.")}


def main(recipe: Logistic, run: Run) -> None:
    if recipe.data and not Path(recipe.data).is_file():
        raise BadDataError(f"{recipe.data}: no such file; give data=FILE")
    draw = run.rng("data")
    labels = torch.arange(recipe.rows) % 2
    clouds = draw.normal(size=(recipe.rows, 2)) + 1.5 * labels.numpy()[:, None]
    inputs = torch.from_numpy(clouds.astype("float32"))
    digest = hashlib.sha256(inputs.numpy().tobytes()).hexdigest()
    run.data("clouds", path="synthetic", rows=recipe.rows, sha256=digest, licence="made by this test")
    model = nn.Sequential(nn.Dropout(0.1), nn.Linear(2, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate)
    run.track(model=model, optimizer=optimizer)
    for step in run.steps(recipe.steps):
        if step == recipe.fail_at:
            raise ValueError("the loss is not finite")
        affordable = run.ledger.remaining("labels")
        size = 8 if affordable is None else min(8, affordable)
        rows = run.rng("batches").integers(recipe.rows, size=size)
        jitter = recipe.noise.scale * torch.randn(size, 2, generator=run.torch_rng("jitter"))
        logits = model(inputs[rows] + jitter).squeeze(1)
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels[rows].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        run.spend("labels", size)
        run.log(step, loss=loss)
        if run.due("eval", recipe.eval_every):
            run.log(step, error=_error(model, inputs, labels))
        time.sleep(recipe.pause)
    error = _error(model, inputs, labels)
    run.summarise(error={"value": error, "low": max(0.0, error - 0.1), "high": min(1.0, error + 0.1)})

    def write(folder: Path) -> None:
        write_json(folder / "shoestring.json", {"schema": "shoestring.model/1", "kind": "logistic"})
        save_file({name: tensor.clone() for name, tensor in model.state_dict().items()}, folder / "model.safetensors")

    run.save_model(write)


def _error(model: nn.Module, inputs: torch.Tensor, labels: torch.Tensor) -> float:
    model.eval()
    with torch.no_grad():
        wrong = (model(inputs).squeeze(1) > 0) != labels.bool()
    model.train()
    return wrong.float().mean().item()
