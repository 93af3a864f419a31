import pytest

from shoestring.rl.envs.frozen_lake import FrozenLake
from shoestring.rl.planning import evaluate, finite_horizon, policy_iteration, value_iteration

VALUES = {
    "4x4": [(0.9, 0.068891, 179, 6), (0.95, 0.180472, 297, 6), (0.99, 0.542026, 704, 7), (0.999, 0.785533, 954, None)],
    "8x8": [(0.9, 0.006411, 193, 10), (0.95, 0.04825, 326, 10), (0.99, 0.41464, 809, 11), (0.999, 0.892635, 1625, 13)],
}
CASES = [(name, *case) for name, cases in VALUES.items() for case in cases]


@pytest.mark.parametrize(("name", "discount", "value", "sweeps", "improvements"), CASES)
def test_exact_values_sweeps_and_improvements(name, discount, value, sweeps, improvements):
    mdp = FrozenLake(map=name).to_mdp()
    swept, improved = value_iteration(mdp, discount), policy_iteration(mdp, discount)
    assert swept.value[0] == pytest.approx(value, abs=5e-7) and improved.value[0] == pytest.approx(value, abs=5e-7)
    assert swept.sweeps == sweeps and improved.sweeps == (improvements or improved.sweeps)


@pytest.mark.parametrize(("name", "random", "within_limit"), [("4x4", 0.012356, 0.74419), ("8x8", 0.0011, 0.91322)])
def test_random_policy_and_time_limit(name, random, within_limit):
    mdp = FrozenLake(map=name).to_mdp()
    policy = (mdp.probability.sum(axis=2) * 0) + 0.25
    assert evaluate(mdp, policy, 0.99)[0] == pytest.approx(random, abs=5e-7)
    assert finite_horizon(mdp, mdp.limit) == pytest.approx(within_limit, abs=5e-7)


def test_without_slipping_the_shortest_way_is_six_steps():
    solved = value_iteration(FrozenLake(slippery=False).to_mdp(), 0.9)
    assert solved.value[0] == pytest.approx(0.9**5)
