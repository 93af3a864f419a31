import numpy as np
import pytest

from shoestring.rl.envs import GridWorld
from shoestring.rl.tables import play
from shoestring.rl.tabular import Sarsa, SarsaLambda
from tests.rl.tabular.one_step import ONE, seen

RNG = np.random.default_rng(0)


def test_without_trace_it_is_sarsa():
    mdp = GridWorld(rows=("S....", ".###.", "....G")).to_mdp()
    plain, traced = (m.build(3, 15, 4) for m in (Sarsa(step_size=0.1), SarsaLambda(trace=0.0)))
    one, two = np.random.default_rng(1), np.random.default_rng(1)
    for _ in range(20):
        play(mdp, plain, one)
        play(mdp, traced, two)
    assert traced.q == pytest.approx(plain.q, abs=1e-12) and plain.q.any()


@pytest.mark.parametrize(("marks", "met_twice"), [("replacing", 1.0), ("accumulating", 1 + 0.45**2)])
def test_traces_by_hand(marks, met_twice):
    agent = SarsaLambda(step_size=1.0, epsilon=0.0, discount=0.9, trace=0.5, marks=marks).build(1, 3, 1)
    for state, to in [(0, 1), (1, 0), (0, 2)]:
        agent.observe(ONE, seen(state, 0, 0.0, to), RNG)
    agent.observe(ONE, seen(2, 0, 1.0, 2, terminated=True), RNG)
    assert agent.q[0, :, 0] == pytest.approx([0.45 * met_twice, 0.45**2, 1.0])
    assert not agent.eligibility.any(), "an episode ends with its traces"


def test_with_full_trace_and_no_discount_every_pair_gets_the_whole_return():
    agent = SarsaLambda(step_size=1.0, epsilon=0.0, trace=1.0).build(1, 4, 1)
    for t in range(4):
        agent.observe(ONE, seen(t, 0, float(t), min(t + 1, 3), terminated=t == 3), RNG)
    assert agent.q[0, :, 0].tolist() == [6, 6, 5, 3]


def test_lambda_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        SarsaLambda(trace=1.1)
