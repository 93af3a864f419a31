import numpy as np
import pytest

from shoestring.rl.envs import GridWorld
from shoestring.rl.tables import play
from shoestring.rl.tabular import DynaQ, QLearning
from tests.rl.tabular.one_step import ONE, seen


def test_without_planning_it_is_q_learning():
    mdp = GridWorld(rows=("S....", ".###.", "....G")).to_mdp()
    plain, dyna = (m.build(2, 15, 4) for m in (QLearning(step_size=0.1, discount=0.95), DynaQ(planning=0)))
    one, two = np.random.default_rng(1), np.random.default_rng(1)
    for _ in range(10):
        play(mdp, plain, one)
        play(mdp, dyna, two)
    assert dyna.q == pytest.approx(plain.q, abs=1e-12) and plain.q.any()


def test_planning_shortens_the_episodes():
    """As in figure 8.2 of Sutton and Barto, in a smaller maze: the second and third episode with and without."""
    mdp, length = GridWorld(rows=("S..#..G", "..#....", ".......")).to_mdp(), {}
    for planning in (0, 20):
        rng, agent = np.random.default_rng(0), DynaQ(planning=planning, step_size=0.5).build(20, 21, 4)
        length[planning] = [play(mdp, agent, rng).length.mean() for _ in range(3)]
    assert min(length[0][1:]) > 1.5 * max(length[20][1:])


def test_only_what_was_seen_is_planned_with():
    rng, agent = np.random.default_rng(0), DynaQ(planning=5).build(1, 6, 2)
    agent.observe(ONE, seen(2, 1, 1.0, 3, terminated=True), rng)
    agent.observe(ONE, seen(1, 0, 0.0, 2), rng)
    assert set(agent.pairs[0, : agent.size[0]].tolist()) == {2 * 2 + 1, 1 * 2 + 0}
    assert np.argwhere(agent.q[0]).tolist() == [[1, 0], [2, 1]]


def test_the_bonus_grows_with_the_time_since_a_pair_was_tried():
    rng = np.random.default_rng(0)
    agent = DynaQ(planning=200, bonus=0.1, step_size=1.0, discount=0.0, epsilon=0.0).build(1, 3, 2)
    for _ in range(9):
        agent.observe(ONE, seen(0, 0, 1.0, 0), rng)
    # Tried at each step: no bonus. Never tried, in a state that is known: sqrt(9). An unknown state: nothing.
    assert agent.q[0] == pytest.approx(np.array([[1.0, 0.1 * 3], [0.0, 0.0], [0.0, 0.0]]))


def test_without_bonus_untried_actions_are_no_part_of_the_model():
    agent = DynaQ(planning=50, step_size=1.0).build(1, 3, 2)
    agent.observe(ONE, seen(0, 0, 1.0, 2), np.random.default_rng(0))
    assert agent.size[0] == 1 and agent.q[0, 0, 1] == 0


def test_negative_settings_are_refused():
    with pytest.raises(ValueError, match="negative"):
        DynaQ(planning=-1)
