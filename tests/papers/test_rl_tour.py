from importlib.util import find_spec

import numpy as np
import pytest

from shoestring.papers import rl_tour
from shoestring.papers.rl_tour import cliff, five_states, greedy_value, learn, planning, triad
from shoestring.rl.envs import CliffWalking, GridWorld
from shoestring.rl.planning import value_iteration
from shoestring.rl.tabular import QLearning


def test_exact_solutions_agree_and_gymnasium_is_wrong_about_the_taxi():
    claims = {claim.id: claim for claim in planning()}
    assert claims["planning"].verdict == "met" and claims["planning"].ours < 1e-8
    assert claims["lake"].ours == pytest.approx(0.74419, abs=1e-4) and claims["lake"].verdict == "met"
    assert claims["taxi-optimum"].ours == pytest.approx(7.93) and claims["taxi-optimum"].verdict == "not met"


def test_the_limits_beside_the_cliff_are_the_exact_ones():
    """-20.7 and -50.8 follow from planning, without any learning."""
    mdp = CliffWalking().to_mdp()
    q = mdp.action_values(value_iteration(mdp, 1.0).value, 1.0)
    assert greedy_value(mdp, q, 1_000, 0.0) == -13
    assert greedy_value(mdp, q, 1_000, 0.1, 1e-9) == pytest.approx(rl_tour.EDGE, abs=1e-3)
    # Several ways are equally short, and not equally far from the edge: which one comes first must not count.
    noise = 1e-3 * np.random.default_rng(0).random(q.shape)
    assert greedy_value(mdp, q + noise, 1_000, 0.1, 0.01) == pytest.approx(rl_tour.EDGE, abs=1e-3)
    assert abs(greedy_value(mdp, q + noise, 1_000, 0.1) - rl_tour.EDGE) > 0.01


def test_learned_tables_are_means_over_the_second_half():
    mdp = GridWorld().to_mdp()
    found = learn(mdp, QLearning(), 2, 6)
    agent, rng, kept = QLearning().build(2, mdp.states, mdp.actions), np.random.default_rng(0), []
    steps = 0
    for _ in range(6):
        steps += int(rl_tour.play(mdp, agent, rng).length.sum())
        kept.append(agent.q.copy())
    assert found.q == pytest.approx(np.mean(kept[3:], axis=0)) and found.steps == steps


def test_three_legs_diverge_and_two_do_not():
    claims = triad(3, steps=4_000)
    assert [claim.verdict for claim in claims] == ["met"] * 4 and claims[0].id == "triad-all"


def test_values_of_the_five_states_come_from_episodes():
    found = {claim.id: claim for claim in five_states(3, 300)}
    assert (
        found["monte-carlo"].ours < 0.1 and found["td-zero"].ours < 0.1 and found["td-zero"].budget["env_steps"] > 3_000
    )


def test_few_episodes_do_not_pass_for_the_limit():
    verdicts = {claim.id: claim.verdict for claim in cliff(3, 0.004)}
    assert verdicts["cliff-safe"] == "met" and "not met" in verdicts.values()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:builtin type:DeprecationWarning")  # As an error it crashes Box2D's import.
def test_every_claim_is_measured(tmp_path):
    claims = rl_tour.measure(quick=True, root=tmp_path)
    assert len({claim.id for claim in claims}) == len(claims)
    allowed = set() if find_spec("gymnasium") and find_spec("Box2D") else {"rl-ppo-lunar"}
    assert {claim.id for claim in claims if claim.ours is None} <= allowed
