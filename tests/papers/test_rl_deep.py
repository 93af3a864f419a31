from importlib.util import find_spec

import pytest

from shoestring.core.errors import MissingExtraError
from shoestring.papers import rl_deep
from shoestring.papers.rl_deep import Task, deep, random_return, tic_tac_toe
from shoestring.recipes.training import plan


def task(threshold):
    return Task("rl-ppo-quick", "Balances.", threshold, 5_120)


def test_a_deep_claim_is_judged_by_its_threshold(tmp_path, monkeypatch):
    monkeypatch.setattr(rl_deep, "random_return", lambda preset: 0.0)
    reached, missed = (deep(2, quick=True, root=tmp_path, tasks=(task(one),))[0] for one in (5.0, 500.0))
    assert reached.verdict == "met" and reached.published == 5 and missed.verdict != "met"
    assert reached.values == missed.values, "the second claim reads the runs of the first"
    assert reached.seeds == 2 and len(list(tmp_path.iterdir())) == 2
    assert reached.budget["env_steps"] == 2 * 1_024, "a quick measurement takes a tenth of the steps"


def test_random_actions_say_what_knowing_nothing_is_worth():
    """Gymnasium's documentation leaves these out; about 22 and -1,200 are what everybody measures."""
    assert random_return("rl-ppo") == pytest.approx(22, abs=4)
    assert random_return("rl-ppo-pendulum") == pytest.approx(-1_220, abs=120)
    assert random_return("rl-ppo") == random_return("rl-dqn"), "seeded, and a matter of the environment alone"


@pytest.mark.skipif(not (find_spec("gymnasium") and find_spec("Box2D")), reason="needs the extras rl and box2d")
@pytest.mark.filterwarnings("ignore:builtin type:DeprecationWarning")  # As an error it crashes Box2D's import.
def test_the_lander_crashes_without_knowledge():
    assert -260 < random_return("rl-ppo-lunar") < -120


def test_a_task_that_needs_an_absent_extra_is_not_testable_here(tmp_path, monkeypatch):
    def absent(preset):
        raise MissingExtraError("Box2D", "box2d")

    monkeypatch.setattr(rl_deep, "random_return", absent)
    claim = deep(2, quick=True, root=tmp_path, tasks=(task(5.0),))[0]
    assert claim.verdict == "not testable here" and "box2d" in claim.why and not list(tmp_path.iterdir())


def test_every_deep_preset_exists_and_its_own_budget_is_the_one_that_is_claimed():
    assert len({one.preset for one in rl_deep.DEEP}) == len(rl_deep.DEEP)
    for one in rl_deep.DEEP:
        recipe = plan(one.preset).component
        assert getattr(recipe, one.unit) == one.amount and recipe.evaluation_episodes >= 100


@pytest.mark.parametrize(
    ("lost", "verdict"), [((0, 0, 0), "met"), ((0, 4, 0), "met in direction"), ((0, 4, 1), "not met")]
)
def test_one_lost_line_is_enough_to_fail(tmp_path, monkeypatch, lost, verdict):
    class Run:
        def __init__(self, seed):
            self.seed = seed

        def summary(self):
            return {"metrics": {"lines_lost": lost[self.seed]}}

        def spent(self):
            return {"env_steps": 10}

    monkeypatch.setattr(rl_deep, "finished", lambda preset, overrides, *, seed, root: Run(seed))
    claim = tic_tac_toe(3, quick=False, root=tmp_path)
    assert (claim.verdict, claim.ours, claim.budget) == (verdict, max(lost), {"env_steps": 30})


def test_self_play_is_really_played(tmp_path, monkeypatch):
    chosen = rl_deep.finished
    small = ["iterations=1", "games=2", "simulations=2", "updates=1", "hidden=[8]"]
    monkeypatch.setattr(rl_deep, "finished", lambda preset, overrides, **rest: chosen(preset, small, **rest))
    claim = tic_tac_toe(1, quick=True, root=tmp_path)
    assert claim.verdict == "not met" and claim.ours > 0 and claim.budget["env_steps"] >= 10
