import signal

import pytest
import torch

from shoestring.core.errors import ConfigError, InterruptedRunError
from shoestring.core.folder import RunFolder
from shoestring.core.follower import Follower, FollowerFinished
from shoestring.core.ledger import Budget
from shoestring.core.run import Run


class Spread:
    """State that all workers must collect together."""

    def __init__(self):
        self.collected = self.loaded = 0

    def state_dict(self):
        self.collected += 1
        return {"n": self.collected}

    def load_state_dict(self, state):
        self.loaded = state["n"]


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path, "shared", "", {"recipe": "none"})


def files(folder):
    return {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}


def test_it_draws_as_the_owner_does_and_writes_nothing(folder):
    with Run(folder, seed=3, quiet=True, workers=2) as owner:
        drawn = (
            owner.rng("rows").integers(1000, size=5).tolist(),
            torch.rand(2, generator=owner.torch_rng("x")).tolist(),
        )
        before = files(folder)
        run = Follower(folder, seed=3, workers=2)
        assert run.rng("rows").integers(1000, size=5).tolist() == drawn[0]
        assert torch.rand(2, generator=run.torch_rng("x")).tolist() == drawn[1]
        with pytest.raises(FollowerFinished):
            for step in run.steps(3):
                run.log(step, loss=1.0)
                run.spend("bytes", 10)
                run.summarise(loss=1.0)
                run.narrate("hello")
                run.data("x", path="", rows=1, sha256="", licence="")
                run.save_model(lambda path: None)
        assert files(folder) == before


def test_budgets_end_at_the_step_where_the_owner_ends(folder):
    budgets = [Budget("comparisons", 25)]
    run = Follower(folder, seed=0, workers=2, budgets=budgets)
    with pytest.raises(FollowerFinished):
        for _ in run.steps(100):
            run.spend("comparisons", run.afford("comparisons", 10))
            last = run.due("eval", 50)
    assert run.step == 3 and last and run.ledger.totals["comparisons"] == 25


def test_it_goes_on_where_the_owner_saved_and_collects_when_all_agreed(folder):
    with Run(folder, seed=1, quiet=True, workers=2, save_every_seconds=0) as owner:
        shared = Spread()
        owner.track(workers=shared)
        for step in owner.steps(4):
            assert owner.vote() == (True, False)
            # Saving is due all the time, and happens where it was agreed.
            owner.decide(step == 2, False)
    assert [path.name for path in sorted((folder.path / "checkpoints").iterdir())] == ["step_000002", "step_000004"]
    run, mine, other = Follower(folder, seed=1, workers=2), Spread(), Spread()
    run.track(workers=mine, model=other)
    assert run.step == 4 and mine.loaded == shared.collected
    with pytest.raises(InterruptedRunError):
        for step in run.steps(9):
            run.decide(step == 6, step == 7)
    assert (step, mine.collected, other.collected) == (7, 2, 2)


def test_a_signal_is_a_vote_and_not_an_end(folder):
    run = Follower(folder, seed=0, workers=2)
    with pytest.raises(FollowerFinished):
        for step in run.steps(2):
            if step == 1:
                signal.raise_signal(signal.SIGTERM)
            assert run.vote() == (False, True)


def test_it_refuses_what_the_owner_refuses(folder):
    with pytest.raises(ConfigError, match="at least 1"):
        Follower(folder, seed=0, workers=2).due("eval", 0)
