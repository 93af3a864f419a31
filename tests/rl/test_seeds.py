import numpy as np
import pytest
import torch

from shoestring.rl.envs import CartPole
from shoestring.rl.nets import layers_of, numpy_forward
from shoestring.rl.policies import Categorical
from shoestring.rl.seeds import play_episodes, stacked, stacked_forward

EPISODES = 3


def policies(hidden=(5,), count=4):
    made = [Categorical(4, 2, hidden, torch.Generator().manual_seed(seed), 1.0) for seed in range(count)]
    for policy in made[:2]:  # Always to one side: these fall soon, so the others go on without them.
        with torch.no_grad():
            policy.net[-1].bias += torch.tensor([9.0, 0.0])
    return made


def streams(count=4):
    return [np.random.default_rng([seed, 1]) for seed in range(count)]


def alone(physics, policy, rng):
    """The same, one episode after the other, with a dictionary of lists."""
    start, draws = physics.start(EPISODES, rng), rng.random((physics.limit, EPISODES), dtype=np.float32)
    found = []
    for episode in range(EPISODES):
        state, rows = start[:, episode : episode + 1], []
        for t in range(physics.limit):
            seen = physics.observe(state)
            p = policy(torch.from_numpy(seen)).softmax(1).detach().numpy()[0]
            action = int(draws[t, episode] >= p[0])
            state, _, ended = physics.advance(state, np.array([action]))
            rows.append((seen[0], action, np.log(p[action]), bool(ended[0]), not ended[0] and t == physics.limit - 1))
            if ended[0]:
                break
        found.append((rows, physics.observe(state)[0]))
    return found


@pytest.mark.parametrize("hidden", [(), (5,)])
def test_every_seed_plays_what_it_would_play_alone(hidden):
    physics = CartPole(limit=40)
    played = play_episodes(physics, policies(hidden), EPISODES, streams())
    assert len(set(played.length[:2].reshape(-1).tolist())) > 1 and played.length[2:].max() > played.length[:2].max()
    for seed, (policy, rng) in enumerate(zip(policies(hidden), streams(), strict=True)):
        for episode, (rows, last) in enumerate(alone(physics, policy, rng)):
            count = played.length[seed, episode]
            assert count == len(rows) == played.returns[seed, episode]
            at = (slice(None, count), seed, episode)
            seen, action, log_p, terminated, truncated = map(np.array, zip(*rows, strict=True))
            assert played.observation[at] == pytest.approx(seen, abs=1e-6)
            assert (played.action[at] == action).all() and played.log_probability[at] == pytest.approx(log_p, abs=1e-5)
            assert (played.terminated[at] == terminated).all() and (played.truncated[at] == truncated).all()
            assert played.last[seed, episode] == pytest.approx(last, abs=1e-6)
            assert played.inside[at].all() and not played.inside[count:, seed, episode].any()
            assert not (played.terminated | played.truncated)[count:, seed, episode].any()


def test_the_time_limit_truncates_and_does_not_terminate():
    played = play_episodes(CartPole(limit=5), policies(), EPISODES, streams())
    assert (played.length == 5).all() and played.truncated[-1].all() and not played.terminated.any()


def test_a_stack_of_networks_computes_what_each_does():
    made = policies((5, 3))
    inputs = np.random.default_rng(0).normal(size=(4, 6, 4)).astype(np.float32)
    together = stacked_forward(stacked([layers_of(policy.net) for policy in made]), inputs)
    for policy, own, outputs in zip(made, inputs, together, strict=True):
        assert outputs == pytest.approx(numpy_forward(layers_of(policy.net), own)[0], abs=1e-6)
