import numpy as np
import pytest
import torch

from shoestring.papers.gae_cart_pole import learn, update
from shoestring.rl.agents import TRPO
from shoestring.rl.envs import CartPole
from shoestring.rl.returns import discounted_returns, gae
from shoestring.rl.seeds import play_episodes

SMALL = {"hidden": (), "critic_hidden": (20,)}


class Recorder:
    """An agent that keeps what it is given to learn from."""

    def __init__(self, agent):
        self.networks = agent.networks

    def update(self, *given):
        self.given = given


@pytest.mark.parametrize("baseline", ["network", "time", "none"])
def test_an_update_gets_the_steps_of_its_own_episodes(baseline):
    """Episode by episode with the plain functions: no step behind an end, and no value across one."""
    physics = CartPole(limit=15)
    settings = TRPO(baseline=baseline, **SMALL)
    agents = [
        settings.build(physics.observation_space, physics.action_space, torch.Generator().manual_seed(s))
        for s in (0, 1)
    ]
    played = play_episodes(physics, [a.policy for a in agents], 9, [np.random.default_rng(s) for s in (0, 1)])
    recorder = Recorder(agents[1])
    update(recorder, settings, played, 1)
    observation, action, old, advantage, returns = recorder.given
    own, lengths = [], played.length[1]
    assert played.truncated[:, 1].any() and played.terminated[:, 1].any()
    for episode, length in enumerate(lengths):
        at = (slice(None, length), 1, episode)
        value = agents[1].networks.value(played.observation[at]).astype(float)
        after = np.append(value[1:], agents[1].networks.value(played.last[1, episode][None]))
        if baseline != "network":
            value, after = 0 * value, 0 * after
        ends = played.reward[at], played.terminated[at], played.truncated[at]
        own.append((discounted_returns(*ends, after, discount=0.99), value, after, ends))
    if baseline == "time":
        mean = [np.mean([r[t] for r, *_ in own if t < len(r)] or [0.0]) for t in range(27)]
        own = [(r, np.array(mean[: len(r)]), np.array(mean[1 : len(r) + 1]), ends) for r, _, _, ends in own]
    order = np.concatenate([np.arange(length) * 100 + e for e, length in enumerate(lengths)]).argsort()
    expected = np.concatenate([gae(*ends, v, a, discount=0.99, trace=0.97) for _, v, a, ends in own])[order]
    assert advantage == pytest.approx(expected, abs=1e-5)
    assert returns == pytest.approx(np.concatenate([r for r, *_ in own])[order], abs=1e-4)
    assert len(observation) == len(action) == len(old) == lengths.sum()


def test_a_seed_learns_the_same_whatever_stands_beside_it():
    both = learn({"a": TRPO(trace=0.5, **SMALL), "b": TRPO(trace=1.0, **SMALL)}, [0, 1], 2, episodes=4, limit=30)
    alone = learn({"b": TRPO(trace=1.0, **SMALL)}, [1], 2, episodes=4, limit=30)
    assert both["b"].returns[:, 1] == pytest.approx(alone["b"].returns[:, 0])
    assert both["a"].returns.shape == (3, 2) and both["a"].steps > 0
    assert both["a"].returns[0] == pytest.approx(both["b"].returns[0])


def test_it_learns_to_balance():
    found = learn({"x": TRPO(trace=0.96, **SMALL)}, [0, 1, 2], 8, episodes=10, limit=100)["x"]
    assert found.final.mean() > 1.5 * found.returns[0].mean()
