import numpy as np
import pytest

from shoestring.rl.envs import Blackjack
from shoestring.rl.planning import evaluate, value_iteration
from shoestring.rl.tables import play
from shoestring.rl.tabular import MonteCarlo
from tests.rl.tabular.one_step import ONE, seen


def episode(agent, *, truncated=False):
    for state, reward in [(0, 1.0), (1, 2.0), (0, 4.0)]:
        agent.observe(ONE, seen(state, 0, reward, 2), None)
    agent.observe(ONE, seen(1, 0, 8.0, 2, terminated=not truncated, truncated=truncated), None)


@pytest.mark.parametrize(("visits", "values"), [("first", [4.0, 6.0]), ("every", [(4 + 8) / 2, (6 + 8) / 2])])
def test_first_and_every_visit_by_hand(visits, values):
    """Returns from the four steps, discounted by a half: 4, 6, 8, 8."""
    agent = MonteCarlo(visits=visits, discount=0.5).build(1, 3, 1)
    episode(agent)
    assert agent.q[0, :2, 0].tolist() == values


def test_a_truncated_episode_teaches_nothing_and_is_forgotten():
    agent = MonteCarlo(discount=0.5).build(1, 3, 1)
    episode(agent, truncated=True)
    assert not agent.q.any()
    episode(agent)
    assert agent.q[0, :2, 0].tolist() == [4.0, 6.0]


def test_exploring_starts_learn_to_play_blackjack():
    mdp, rng = Blackjack().to_mdp(), np.random.default_rng(0)
    agent = MonteCarlo(epsilon=0.0).build(200, mdp.states, 2)
    for _ in range(250):
        play(mdp, agent, rng, exploring_starts=True)
    # 50,000 hands; the learners' tables together, weighted by what each saw.
    total = np.maximum(agent.count.sum(axis=0), 1)
    q = (agent.q * agent.count).sum(axis=0) / total
    best = value_iteration(mdp, 1.0)
    value = mdp.start @ evaluate(mdp, np.eye(2)[q.argmax(axis=1)], 1.0)
    assert mdp.start @ best.value - value < 0.06
