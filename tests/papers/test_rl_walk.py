import numpy as np
import pytest

from shoestring.papers import rl_walk
from shoestring.papers.rl_walk import errors, online_gap, walk
from shoestring.rl.envs import RandomWalk
from shoestring.rl.prediction import n_step_td, sample_episodes


@pytest.mark.parametrize("trace", [0.0, 0.5, 1.0])
def test_true_online_td_is_the_forward_view(trace):
    assert online_gap(trace, 3) < 1e-12


def test_accumulating_traces_are_not(monkeypatch):
    plain = rl_walk.td_lambda
    monkeypatch.setattr(rl_walk, "td_lambda", lambda *a, **k: plain(*a, **k | {"traces": "accumulating"}))
    assert max(online_gap(0.9, seed) for seed in range(3)) > 1e-3


def test_errors_are_means_over_states_and_episodes(monkeypatch):
    monkeypatch.setattr(rl_walk, "LOOKAHEADS", (2,))
    monkeypatch.setattr(rl_walk, "STEP_SIZES", (0.3,))
    task, rng, total = RandomWalk(length=19, left=-1.0), np.random.default_rng(5), 0.0
    value = np.zeros((4, 19))
    for episodes in [sample_episodes(task.to_mdp(), np.ones((19, 1)), 4, rng) for _ in range(10)]:
        value = n_step_td(value, episodes, step_size=0.3, discount=1.0, n=2)
        total += ((value - task.true_values()) ** 2).mean(axis=1)
    assert errors(4, 5)[2][0] == pytest.approx(np.sqrt(total / 10))


def test_four_steps_beat_one_and_many(monkeypatch):
    monkeypatch.setattr(rl_walk, "LOOKAHEADS", (1, 4, 128))
    monkeypatch.setattr(rl_walk, "STEP_SIZES", (0.1, 0.4, 0.8))
    claims = {claim.id: claim for claim in walk(2, quick=True)}
    assert {"walk-1", "walk-128", "true-online"} == set(claims)
    assert claims["walk-128"].verdict == "met" and claims["true-online"].verdict == "met" and claims["walk-1"].ours > 0
