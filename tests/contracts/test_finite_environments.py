"""What every finite environment must do, without a line of code for any of them."""

import numpy as np
import pytest

from shoestring.core import config
from shoestring.rl.envs import FiniteEnvironment
from shoestring.rl.planning import value_iteration
from tests.contracts.members import kind, members

every_environment = pytest.mark.parametrize(
    "environment", [member() for member in members(FiniteEnvironment)], ids=kind
)
GYMNASIUM = {"frozen-lake": "FrozenLake-v1", "cliff-walking": "CliffWalking-v1", "taxi": "Taxi-v4"}


@every_environment
def test_its_optimal_values_are_finite_and_satisfy_the_optimality_equation(environment):
    mdp = environment.to_mdp()
    solved = value_iteration(mdp, 0.97)
    assert np.isfinite(solved.value).all()
    assert mdp.action_values(solved.value, 0.97).max(axis=1) == pytest.approx(solved.value, abs=1e-10)


@every_environment
def test_samples_are_outcomes_of_the_table(environment):
    mdp, rng = environment.to_mdp(), np.random.default_rng(0)
    state = mdp.first(200, rng)
    assert (mdp.start[state] > 0).all()
    for _ in range(5):
        action = rng.integers(mdp.actions, size=200)
        successor, reward, ended = mdp.sample(state, action, rng)
        fits = (mdp.successor[state, action] == successor[:, None]) & (mdp.probability[state, action] > 0)
        fits &= (mdp.reward[state, action] == reward[:, None]) & (mdp.terminated[state, action] == ended[:, None])
        assert fits.any(axis=1).all()
        state = np.where(ended, mdp.first(200, rng), successor)


@every_environment
def test_it_is_read_back_from_its_configuration(environment):
    assert config.load(type(environment), [config.text_layer(config.dump(environment), "test")]) == environment


@pytest.mark.parametrize("environment", [m() for m in members(FiniteEnvironment) if m().kind in GYMNASIUM], ids=kind)
def test_it_equals_the_table_of_gymnasium(environment):
    gymnasium = pytest.importorskip("gymnasium")
    theirs = gymnasium.make(GYMNASIUM[environment.kind]).unwrapped
    assert_equal_tables(environment.to_mdp(), theirs)


def test_the_large_lake_equals_the_table_of_gymnasium():
    gymnasium = pytest.importorskip("gymnasium")
    from shoestring.rl.envs import FrozenLake

    for slippery in (True, False):
        theirs = gymnasium.make("FrozenLake-v1", map_name="8x8", is_slippery=slippery).unwrapped
        assert_equal_tables(FrozenLake(map="8x8", slippery=slippery).to_mdp(), theirs)


def assert_equal_tables(mdp, theirs):
    assert mdp.start == pytest.approx(np.asarray(theirs.initial_state_distrib, float))
    for s, row in theirs.P.items():
        for a, outcomes in row.items():
            assert distribution(mdp_outcomes(mdp, s, a)) == pytest.approx(distribution(outcomes))


def mdp_outcomes(mdp, s, a):
    parts = (mdp.probability, mdp.successor, mdp.reward, mdp.terminated)
    return [outcome for outcome in zip(*(part[s, a] for part in parts), strict=True) if outcome[0] > 0]


def distribution(outcomes):
    found = {}
    for probability, to, reward, ended in outcomes:
        key = (int(to), float(reward), bool(ended))
        found[key] = found.get(key, 0.0) + float(probability)
    return found
