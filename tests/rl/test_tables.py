import numpy as np
import pytest

from shoestring.rl.envs import FrozenLake, GridWorld
from shoestring.rl.tables import arrays_of, choose, expected_value, play, restore_arrays
from shoestring.rl.tabular import QLearning, Sarsa


def test_ties_are_broken_evenly_and_exploring_is_uniform():
    rng = np.random.default_rng(0)
    q = np.tile([1.0, 3.0, 3.0, 0.0], (40_000, 1))
    share = np.bincount(choose(q, 0.2, rng), minlength=4) / len(q)
    assert share == pytest.approx([0.05, 0.45, 0.45, 0.05], abs=0.01)


def test_the_expected_value_is_the_mean_of_what_is_chosen():
    rng = np.random.default_rng(1)
    q = np.array([2.0, -1.0, 0.5])
    chosen = q[choose(np.tile(q, (100_000, 1)), 0.3, rng)].mean()
    assert expected_value(q[None], 0.3)[0] == pytest.approx(chosen, abs=0.01)


class Watcher:
    """Walks at random and keeps what it is shown."""

    def __init__(self, seeds, states, actions):
        self.q = np.zeros((seeds, states, actions))
        self.seen = []

    def act(self, who, state, rng):
        return rng.integers(self.q.shape[2], size=len(who))

    def observe(self, who, seen, rng):
        self.seen.append((who.copy(), seen))


def test_every_seed_plays_one_episode_to_its_own_end():
    mdp, agent = FrozenLake().to_mdp(), Watcher(50, 16, 4)
    played = play(mdp, agent, np.random.default_rng(2))
    count, last = np.zeros(50, int), {}
    for who, seen in agent.seen:
        count[who] += 1
        for i, seed in enumerate(who):
            assert last.get(seed, 0) == seen.state[i]
            last[seed] = seen.successor[i]
    assert (count == played.length).all() and len(set(count)) > 5
    assert sum(seen.terminated.sum() + seen.truncated.sum() for _, seen in agent.seen) == 50


def test_a_time_limit_truncates_and_does_not_terminate():
    mdp, agent = GridWorld(rows=("S........G",), limit=3).to_mdp(), Watcher(4, 10, 4)
    played = play(mdp, agent, np.random.default_rng(0))
    last = agent.seen[-1][1]
    assert (played.length == 3).all() and last.truncated.all() and not last.terminated.any()


def test_exploring_starts_reach_every_pair():
    mdp, agent = FrozenLake().to_mdp(), Watcher(3000, 16, 4)
    play(mdp, agent, np.random.default_rng(0), exploring_starts=True)
    first = agent.seen[0][1]
    pairs = set(zip(first.state.tolist(), first.action.tolist(), strict=True))
    assert len(pairs) == 11 * 4, "eleven cells are neither hole nor goal"


def test_states_of_other_agents_are_refused():
    state = arrays_of(QLearning().build(2, 3, 4))
    restore_arrays(QLearning().build(2, 3, 4), state)
    for other in (QLearning().build(2, 3, 5), Sarsa().build(2, 3, 4)):
        with pytest.raises(ValueError, match="another kind or size"):
            restore_arrays(other, state)
