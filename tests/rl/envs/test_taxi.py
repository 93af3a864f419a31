import pytest

from shoestring.rl.envs.taxi import Taxi
from shoestring.rl.planning import finite_horizon, policy_iteration, value_iteration

MDP = Taxi().to_mdp()


@pytest.mark.parametrize(("discount", "value"), [(0.9, -1.263323), (0.99, 6.327464), (0.999, 7.759898)])
def test_exact_values(discount, value):
    swept, improved = value_iteration(MDP, discount), policy_iteration(MDP, discount)
    assert MDP.start @ swept.value == pytest.approx(value, abs=5e-7)
    assert (swept.sweeps, improved.sweeps) == (19, 17)


def test_the_registered_threshold_of_eight_is_out_of_reach():
    assert finite_horizon(MDP, 200) == pytest.approx(7.93, abs=5e-7)
