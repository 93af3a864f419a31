"""A small real training job, also run as a process of its own by the tests that kill it."""

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from shoestring.core import checkpoint
from shoestring.core.folder import RunFolder
from shoestring.core.ledger import Budget
from shoestring.core.run import Run


class Sampler:
    """Epochs of shuffled rows; its position is part of the state."""

    def __init__(self, rows: int, rng: np.random.Generator) -> None:
        self.rng, self.order, self.at = rng, rng.permutation(rows), 0

    def batch(self, size: int) -> np.ndarray:
        if self.at + size > len(self.order):
            self.order, self.at = self.rng.permutation(len(self.order)), 0
        self.at += size
        return self.order[self.at - size : self.at]

    def state_dict(self):
        return {"order": self.order, "at": self.at}

    def load_state_dict(self, state):
        self.order, self.at = state["order"], state["at"]


def train(run: Run, steps: int, *, stop_at: int | None = None, pause: float = 0.0) -> nn.Module:
    data = run.rng("data").normal(size=(50, 4)).astype(np.float32)
    target = torch.from_numpy(data @ np.ones((4, 1), dtype=np.float32))
    inputs = torch.from_numpy(data)
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.3), nn.BatchNorm1d(8), nn.Linear(8, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    sampler = Sampler(len(data), run.rng("batches"))
    run.track(model=model, optimizer=optimizer, schedule=schedule, sampler=sampler)
    for step in run.steps(steps):
        rows = sampler.batch(8)
        noise = torch.randn(8, 1, generator=run.torch_rng("noise")) * run.rng("scale").uniform()
        loss = (model(inputs[rows]) - target[rows] - 0.1 * noise).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        run.log(step, loss=loss)
        run.spend("labels", 8)
        if step == stop_at:
            run.folder.request_stop()
        if pause:
            time.sleep(pause)
    return model


def attempt(folder: RunFolder, steps: int) -> None:
    with Run(folder, seed=5, save_every_seconds=0.01, budgets=[Budget("labels", 10**9)], quiet=True) as run:
        model = train(run, steps, pause=0.01)
        run.save_model(lambda path: (path / "bias.txt").write_text(str(model[3].bias.item())) and None)


def attempt_and_kill(folder: RunFolder, steps: int, after: float) -> None:
    """Run an attempt in a forked process and kill it ``after`` seconds."""
    pid = os.fork()
    if pid == 0:
        try:
            attempt(folder, steps)
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    # The first optimiser of a process imports for seconds: do it once, before the forks.
    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])
    draw = random.Random(0)
    folder, steps, kills = RunFolder(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
    # Sums have other last bits with another number of threads.
    torch.set_num_threads(int(sys.argv[4]))
    # A kill counts when the run had been opened for writing; on a busy machine some come too early.
    for _ in range(10 * kills):
        attempt_and_kill(folder, steps, draw.uniform(0, 0.4))
        checkpoint.load_newest(folder.path / "checkpoints")
        folder.metrics()
        if folder.info()["attempt"] >= kills:
            break
