import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.rl.envs import FrozenLake
from shoestring.rl.finite import FiniteBatch
from shoestring.rl.judging import judge_policy
from shoestring.rl.mdp import epsilon_greedy
from shoestring.rl.planning import horizon_value, value_iteration
from shoestring.rl.table_files import TrainedTable

MDP = FrozenLake().to_mdp()


@pytest.fixture(scope="module")
def policy():
    solved = value_iteration(MDP, 0.99)
    return TrainedTable(MDP.action_values(solved.value, 0.99), "frozen-lake", {"kind": "frozen-lake"}, epsilon=0.2)


def judged(policy, **changes):
    settings = {"episodes": 1000, "seed": 0, "resamples": 500} | changes
    return judge_policy(policy, lambda size, rng: FiniteBatch(MDP, size, rng), **settings)


def test_intervals_cover_the_exact_values_of_both_ways_of_acting(policy):
    found = judged(policy)["metrics"]
    best = horizon_value(MDP, epsilon_greedy(policy.q.argmax(axis=1), 4, 0.0), 100)
    drawn = horizon_value(MDP, policy.distribution(np.arange(16.0)[:, None]), 100)
    assert found["return_best_mean"]["low"] < best < found["return_best_mean"]["high"]
    assert found["return_drawn_mean"]["low"] < drawn < found["return_drawn_mean"]["high"] < best
    middle = (found["return_best_mean"]["value"] - 0.25) / 0.5
    assert found["return_best_iqm"]["value"] == pytest.approx(middle, abs=0.01), "a quarter is cut at either end"
    assert found["return_best_lowest"]["value"] == 0.0


def test_a_seed_decides_everything_and_episodes_are_rounded_up_to_whole_batches(policy):
    assert judged(policy, episodes=50) == judged(policy, episodes=50)
    assert judged(policy, episodes=50)["metrics"] != judged(policy, episodes=50, seed=1)["metrics"]
    assert judged(policy, episodes=3)["episodes"] == 3 and judged(policy, episodes=50)["episodes"] == 60


def test_another_environment_is_refused():
    with pytest.raises(BadDataError, match="choose another environment"):
        judged(TrainedTable(np.zeros((16, 3)), "toy", {}))
