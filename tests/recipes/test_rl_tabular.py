import numpy as np
import pytest

import shoestring
from shoestring.core.errors import InterruptedRunError
from shoestring.recipes import rl_tabular
from shoestring.recipes.rl_tabular import RlTabular
from shoestring.recipes.training import create, execute, plan, train
from shoestring.rl.episodes import listed, read
from tests.recipes.test_rl_rollout import stopping

SMALL = ["episodes=60", "learners=3", "judge_horizon=50"]


def result(run):
    with np.load(run.path / "samples" / "table.npz", allow_pickle=False) as table:
        kept = [(name, path.read_bytes()) for name, path in listed(run.path)]
        assert len(kept) == 7
        return run.metrics(), run.summary()["metrics"], run.spent(), table["q"].tolist(), kept


@pytest.mark.parametrize("preset", ["rl-q-learning", "rl-sarsa"])
def test_stopped_and_resumed_equals_unbroken_bit_for_bit(preset, tmp_path, monkeypatch):
    unbroken = train(preset, SMALL, root=tmp_path, quiet=True)
    stopped = create(plan(preset, SMALL), tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(rl_tabular, "play", stopping(stopped, rl_tabular.play, at=7))
        with pytest.raises(InterruptedRunError):
            execute(stopped, quiet=True)
    train(resume=stopped, quiet=True)
    assert result(stopped) == result(unbroken)


def test_the_greedy_policy_is_judged_exactly(tmp_path):
    settings = ["environment.slippery=false", "episodes=1000", "learners=4", "method.discount=0.9"]
    run = train("rl-frozen-lake", settings, root=tmp_path, quiet=True)
    metrics = run.summary()["metrics"]
    assert metrics["best_return"] == 1.0 and metrics["greedy_return"]["value"] in (0.0, 0.25, 0.5, 0.75, 1.0)
    assert metrics["greedy_return"]["value"] > 0.7
    assert metrics["best_discounted"] == pytest.approx(0.99**5)


def test_kept_episodes_say_where_all_learners_walked_since_the_last_one(tmp_path):
    run = train("rl-q-learning", [*SMALL, "recordings=3"], root=tmp_path, quiet=True)
    kept = {name: read(path) for name, path in listed(run.path)}
    ages = [episode for name, episode in kept.items() if name.startswith("training")]
    assert len(ages) == 3 and sum(int(age.visits.sum()) for age in ages) == run.spent()["env_steps"]
    assert [int(age.visits.sum()) for age in ages] == np.diff([0, *(age.env_steps for age in ages)]).tolist()
    assert all(age.visits[36] > 0 and age.visits[47] == 0 for age in ages), (
        "all begin at the start; none acts at the goal"
    )
    assert kept["evaluation-best"].how == "best" and len(kept["evaluation-best"].visits) == 0


def test_the_deliverable_is_the_table_of_the_best_learner(tmp_path):
    run = train("rl-q-learning", [*SMALL, "episodes=300", "recordings=0"], root=tmp_path, quiet=True)
    policy = shoestring.load(run.path)
    assert policy.environment == "cliff-walking" and policy.epsilon == 0.1
    with np.load(run.path / "samples" / "table.npz", allow_pickle=False) as table:
        assert any((policy.q == row).all() for row in table["q"])
    assert policy.act(np.array([[36.0]])).tolist() == [0], "up, away from the cliff"


def test_nothing_of_anything_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        RlTabular(learners=0)
    with pytest.raises(ValueError, match="recordings=-1"):
        RlTabular(recordings=-1)
