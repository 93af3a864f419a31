import numpy as np
import pytest

from shoestring.rl.mdp import FiniteMDP, epsilon_greedy, from_outcomes, from_table, soft


@pytest.fixture
def mdp():
    """Two states, two actions, chance and an end."""
    table = {
        0: {0: [(0.3, 0, 1.0, False), (0.7, 1, 0.0, False)], 1: [(1.0, 1, 2.0, True)]},
        1: {0: [(1.0, 0, -1.0, False)], 1: [(0.5, 1, 0.0, False), (0.25, 0, 4.0, True), (0.25, 0, 0.0, False)]},
    }
    return from_table(table, np.array([0.9, 0.1]))


def test_a_backup_by_hand_ignores_what_comes_after_an_end(mdp):
    q = mdp.action_values(np.array([10.0, 100.0]), 0.5)
    assert q == pytest.approx(np.array([[0.3 * (1 + 5) + 0.7 * 50, 2.0], [-1 + 5, 0.5 * 50 + 0.25 * 4 + 0.25 * 5]]))


def test_the_chain_of_a_policy_loses_what_ends(mdp):
    matrix, reward = mdp.chain(np.array([[0.5, 0.5], [0.0, 1.0]]))
    assert matrix == pytest.approx(np.array([[0.15, 0.35], [0.25, 0.5]]))
    assert reward == pytest.approx([0.5 * 0.3 + 0.5 * 2, 1.0])


def test_samples_have_the_probabilities_of_the_table(mdp):
    rng, n = np.random.default_rng(0), 40_000
    successor, reward, ended = mdp.sample(np.ones(n, int), np.ones(n, int), rng)
    assert ended.mean() == pytest.approx(0.25, abs=0.01) and (reward[ended] == 4).all() and (reward[~ended] == 0).all()
    assert (successor[~ended] == 0).mean() == pytest.approx(1 / 3, abs=0.015)
    assert mdp.first(n, rng).mean() == pytest.approx(0.1, abs=0.01)


def test_a_certain_outcome_is_never_missed(mdp):
    class Highest:
        def random(self, n):
            return np.full(n, np.nextafter(1, 0))

    successor, reward, ended = mdp.sample(np.zeros(3, int), np.ones(3, int), Highest())
    assert (successor == 1).all() and (reward == 2).all() and ended.all()


def test_soft_mixes_every_action_with_a_uniform_one(mdp):
    value = np.array([3.0, -7.0])
    q = mdp.action_values(value, 0.9)
    expected = 0.8 * q + 0.2 * q.mean(axis=1, keepdims=True)
    assert soft(mdp, 0.2).action_values(value, 0.9) == pytest.approx(expected)


def test_epsilon_greedy():
    assert epsilon_greedy(np.array([1, 0]), 2, 0.2) == pytest.approx(np.array([[0.1, 0.9], [0.9, 0.1]]))


@pytest.mark.parametrize(
    ("outcome", "message"),
    [((0.9, 0, 0.0, True), "sum to 1"), ((1.0, 1, 0.0, True), r"0\.\.0"), ((1.0, 0, np.nan, True), "finite")],
)
def test_wrong_tables_are_refused(outcome, message):
    with pytest.raises(ValueError, match=message):
        from_outcomes(1, 1, lambda s, a: [outcome], 0)


def test_wrong_shapes_are_refused(mdp):
    parts = {name: getattr(mdp, name) for name in ("probability", "successor", "reward", "terminated")}
    with pytest.raises(ValueError, match="distribution"):
        FiniteMDP(**parts, start=np.array([0.5, 0.4]))
    with pytest.raises(ValueError, match="one shape"):
        FiniteMDP(**parts | {"reward": parts["reward"][:1]}, start=mdp.start)
