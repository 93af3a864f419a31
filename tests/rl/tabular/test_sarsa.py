import numpy as np
import pytest

from shoestring.rl.envs import CliffWalking
from shoestring.rl.tables import play
from shoestring.rl.tabular import Sarsa
from tests.rl.tabular.one_step import ONE, seen

RNG = np.random.default_rng(0)


def test_one_update_by_hand_counts_on_the_action_that_is_then_taken():
    agent = Sarsa(epsilon=1.0, discount=0.9).build(1, 2, 3)
    agent.q[0] = [[1.0, 2.0, 0.0], [4.0, 3.0, -5.0]]
    agent.observe(ONE, seen(0, 1, 10.0, 1), RNG)
    following = agent.act(ONE, np.array([1]), RNG)
    assert agent.q[0, 0, 1] == pytest.approx(2 + 0.5 * (10 + 0.9 * agent.q[0, 1, following[0]] - 2))


@pytest.mark.parametrize("ends", [{"terminated": True}, {"truncated": True}])
def test_three_step_returns_by_hand(ends):
    agent = Sarsa(epsilon=0.0, discount=0.5, n=3, step_size=1.0).build(1, 9, 1)
    agent.q[0, :, 0] = 100.0
    for t in range(4):
        agent.observe(ONE, seen(t, 0, float(t + 1), t + 1), RNG)
    assert agent.q[0, :, 0].tolist() == [1 + 1 + 3 / 4 + 100 / 8, 2 + 1.5 + 1 + 100 / 8, *[100.0] * 7]
    agent.observe(ONE, seen(4, 0, 8.0, 8, **ends), RNG)
    rest = 100.0 if "truncated" in ends else 0.0
    assert agent.q[0, 2:5, 0].tolist() == [3 + 2 + 2 + rest / 8, 4 + 4 + rest / 4, 8 + rest / 2]
    agent.observe(ONE, seen(0, 0, 0.0, 1, terminated=True), RNG)
    assert agent.q[0, 0, 0] == 0 and agent.q[0, 4, 0] == 8 + rest / 2, "the next episode starts with no past"


def test_a_return_without_any_step_is_refused():
    with pytest.raises(ValueError, match="at least one step"):
        Sarsa(n=0)


@pytest.mark.parametrize("n", [1, 4])
def test_on_the_cliff_it_keeps_away_from_the_edge(n):
    mdp, rng = CliffWalking().to_mdp(), np.random.default_rng(0)
    agent = Sarsa(step_size=0.2, n=n).build(8, 48, 4)
    rewards = [play(mdp, agent, rng).reward.mean() for _ in range(250)]
    assert np.mean(rewards[-100:]) > -35, "Q-learning gets -50 at this epsilon"
