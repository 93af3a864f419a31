"""What every tabular method must do, without a line of code for any of them."""

import numpy as np
import pytest

from shoestring.core import checkpoint, config
from shoestring.rl.envs import FrozenLake, GridWorld
from shoestring.rl.tables import play
from shoestring.rl.tabular import TabularMethod
from tests.contracts.members import kind, members

every_method = pytest.mark.parametrize("method", [member() for member in members(TabularMethod)], ids=kind)
MDP = GridWorld(rows=("S..", ".#.", "..G"), step_reward=-1.0, goal_reward=0.0, limit=200).to_mdp()


@every_method
def test_it_finds_the_shortest_way_in_a_small_maze(method):
    rng, agent = np.random.default_rng(0), method.build(9, MDP.states, MDP.actions)
    for _ in range(100):
        play(MDP, agent, rng)
    action = agent.q.argmax(axis=2)
    assert np.median([walk(row) for row in action]) == 4


def walk(action):
    state, steps = 0, 0
    while steps < 50:
        steps, at = steps + 1, (state, action[state], 0)
        if MDP.terminated[at]:
            return steps
        state = MDP.successor[at]
    return steps


@every_method
def test_seeds_do_not_share_anything(method):
    """A seed that is alone in its episode changes nothing of the others."""
    rng, agent = np.random.default_rng(0), method.build(3, MDP.states, MDP.actions)
    for _ in range(5):
        play(MDP, agent, rng)
    from shoestring.rl.tables import Transition

    before, one = agent.q.copy(), np.array([1])
    seen = Transition(*(np.array([value]) for value in (0, 1, 7.0, 1, True, False)))
    agent.act(one, np.array([0]), rng)
    agent.observe(one, seen, rng)
    changed = (agent.q != before).any(axis=(1, 2))
    assert changed.tolist() == [False, True, False]


@every_method
def test_it_goes_on_from_its_state_bit_for_bit(method):
    mdp = FrozenLake().to_mdp()
    first, second = (method.build(4, 16, 4) for _ in range(2))
    rng = np.random.default_rng(3)
    for _ in range(10):
        play(mdp, first, rng)
    second.load_state_dict(checkpoint.unflatten(*checkpoint.flatten(first.state_dict())))
    again = np.random.default_rng()
    again.bit_generator.state = rng.bit_generator.state
    for _ in range(10):
        a, b = play(mdp, first, rng), play(mdp, second, again)
        assert (a.reward == b.reward).all() and (a.length == b.length).all()
    assert (first.q == second.q).all()


@every_method
def test_it_is_read_back_from_its_configuration(method):
    assert config.load(type(method), [config.text_layer(config.dump(method), "test")]) == method
