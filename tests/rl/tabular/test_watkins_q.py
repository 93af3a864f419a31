import numpy as np
import pytest

from shoestring.rl.envs import GridWorld
from shoestring.rl.tables import play
from shoestring.rl.tabular import QLearning, WatkinsQ
from tests.rl.tabular.one_step import ONE, seen


def test_without_trace_it_is_q_learning():
    """The two draw next actions at other moments, so one fixed walk is shown to both."""
    plain, traced = (m.build(1, 5, 2) for m in (QLearning(step_size=0.1), WatkinsQ(trace=0.0)))
    rng = np.random.default_rng(0)
    for _ in range(300):
        step = seen(*rng.integers((5, 2)), rng.normal(), rng.integers(5), terminated=rng.random() < 0.1)
        plain.observe(ONE, step, rng)
        traced.observe(ONE, step, rng)
    assert traced.q == pytest.approx(plain.q, abs=1e-12)


@pytest.mark.parametrize(("epsilon", "shared"), [(0.0, True), (1.0, False)])
def test_exploring_cuts_the_trace(epsilon, shared):
    rng = np.random.default_rng(0)
    agent = WatkinsQ(step_size=1.0, epsilon=epsilon, trace=1.0).build(1, 3, 50)
    agent.q[0, 1, 7] = 1e-3
    agent.observe(ONE, seen(0, 0, 0.0, 1), rng)
    action = agent.act(ONE, np.array([1]), rng)[0]
    agent.observe(ONE, seen(1, action, 5.0, 2, terminated=True), rng)
    assert (agent.q[0, 0, 0] > 4) == shared and agent.q[0, 1, action] == pytest.approx(5.0)


def test_traces_carry_the_first_reward_along_the_whole_way():
    mdp = GridWorld(rows=("S.....G",)).to_mdp()
    with_trace, without = (m.build(10, 7, 4) for m in (WatkinsQ(epsilon=0.0), QLearning(step_size=0.1, epsilon=0.0)))
    for agent in (with_trace, without):
        play(mdp, agent, np.random.default_rng(0))
    assert (with_trace.q > 0).sum() > (without.q > 0).sum() == 10


def test_lambda_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        WatkinsQ(trace=-0.1)
