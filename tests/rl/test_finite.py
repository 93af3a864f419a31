import numpy as np
import pytest

from shoestring.rl.envs import CliffWalking, FrozenLake
from shoestring.rl.finite import FiniteBatch
from shoestring.rl.mdp import epsilon_greedy
from shoestring.rl.planning import horizon_value
from shoestring.rl.rollout import evaluate


def test_returns_agree_with_the_exact_value_of_a_policy():
    mdp = FrozenLake().to_mdp()
    action = np.array([0, 3, 3, 3, 0, 0, 0, 0, 3, 1, 0, 0, 0, 2, 1, 0])
    exact = horizon_value(mdp, epsilon_greedy(action, 4, 0.0), mdp.limit)
    batch = FiniteBatch(mdp, 500, np.random.default_rng(0))
    found = evaluate(batch, lambda seen: action[seen[:, 0].astype(int)], 4)
    assert exact > 0.7 and found.mean() == pytest.approx(exact, abs=4 * found.std() / len(found) ** 0.5)


def test_ends_truncation_reset_and_visits():
    mdp = CliffWalking().to_mdp()
    batch = FiniteBatch(mdp, 2, np.random.default_rng(0))
    for action in [0] + [1] * 11:
        step = batch.step(np.array([action, 0]))
        assert not step.ended.any()
    step = batch.step(np.array([2, 0]))
    assert step.terminated.tolist() == [True, False] and step.total.tolist() == [-13.0, -13.0]
    assert step.reached.tolist() == [[47.0], [0.0]] and batch.observation.tolist() == [[36.0], [0.0]]
    assert batch.visits.sum() == 26 and batch.visits[36] == 2 and batch.visits[47] == 0
    short = FrozenLake(slippery=False).to_mdp()
    batch = FiniteBatch(short, 1, np.random.default_rng(0))
    steps = [batch.step(np.array([0])) for _ in range(100)]
    assert steps[-1].truncated.all() and not any(step.ended.any() for step in steps[:-1])
    assert batch.step(np.array([0])).length.tolist() == [1]


def test_a_state_is_put_back():
    mdp, rng = FrozenLake().to_mdp(), np.random.default_rng(0)
    one, other = FiniteBatch(mdp, 3, rng), FiniteBatch(mdp, 3, rng)
    one.step(np.array([1, 2, 2]))
    other.load_state_dict(one.state_dict())
    assert (other.observation == one.observation).all()
    with pytest.raises(ValueError, match="does not fit"):
        FiniteBatch(mdp, 2, rng).load_state_dict(one.state_dict())
