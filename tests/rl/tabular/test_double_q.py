import numpy as np
import pytest

from shoestring.rl.mdp import from_outcomes
from shoestring.rl.tables import play
from shoestring.rl.tabular import DoubleQ, QLearning
from tests.rl.tabular.one_step import ONE, seen


def test_one_table_chooses_and_the_other_values():
    agent = DoubleQ(step_size=1.0, discount=1.0).build(1, 2, 2)
    agent.pair[0, 0, 1], agent.pair[1, 0, 1] = [5.0, 0.0], [2.0, 9.0]
    agent.observe(ONE, seen(0, 0, 1.0, 1), np.random.default_rng(0))
    assert sorted(agent.pair[:, 0, 0, 0].tolist()) in ([0.0, 1.0 + 2.0], [0.0, 1.0 + 0.0])
    assert agent.q[0, 0, 0] == pytest.approx(agent.pair[:, 0, 0, 0].mean())


def test_it_is_not_fooled_by_many_noisy_actions():
    """Sutton and Barto, example 6.7: left leads to ten actions of mean -.1, and their maximum looks good."""

    def outcomes(s, a):
        if s == 0:
            return [(1.0, 1, 0.0, False)] if a == 0 else [(1.0, 0, 0.0, True)]
        return [(0.5, 1, 0.9, True), (0.5, 1, -1.1, True)]

    mdp = from_outcomes(2, 10, outcomes, 0)
    lefts = {}
    for method in (QLearning(step_size=0.1), DoubleQ(step_size=0.1)):
        rng, agent, count = np.random.default_rng(0), method.build(500, 2, 10), 0
        for episode in range(100):
            played = play(mdp, agent, rng)
            count += (played.length == 2).mean() if episode >= 20 else 0.0
        lefts[method.kind] = count / 80
    assert lefts["q-learning"] > 1.5 * lefts["double-q"]
