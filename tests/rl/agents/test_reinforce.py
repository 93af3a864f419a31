from dataclasses import replace

import numpy as np
import pytest
import torch

from shoestring.rl.agents import Reinforce
from shoestring.rl.agents.reinforce import complete
from shoestring.rl.envs import CartPole
from tests.rl.agents.rollouts import built, rollout_of

RNG = np.random.default_rng(0)


def test_only_steps_whose_episode_ends_are_used():
    ended = np.array([[0, 0], [1, 0], [0, 0], [0, 1], [0, 0]], dtype=bool)
    assert complete(ended).tolist() == [[True, True], [True, True], [False, True], [False, True], [False, False]]


@pytest.mark.parametrize("discount_steps", [True, False])
def test_the_gradient_is_the_sum_over_episodes_by_hand(discount_steps):
    rollout, *spaces = rollout_of(CartPole(limit=9), steps=25, size=3)
    agent, plain = (
        built(Reinforce(baseline=False, discount=0.9, discount_steps=discount_steps), spaces) for _ in range(2)
    )
    terms = []
    for b in range(3):
        episode = []
        for t in range(25):
            episode.append(t)
            if rollout.terminated[t, b] or rollout.truncated[t, b]:
                for k, at in enumerate(episode):
                    g = sum(0.9**j * rollout.reward[later, b] for j, later in enumerate(episode[k:]))
                    logits = plain.policy(torch.from_numpy(rollout.observation[at, b : b + 1]))[0]
                    terms.append(g * logits.log_softmax(0)[rollout.action[at, b]] * (0.9**k if discount_steps else 1))
                episode = []
    (-torch.stack(terms).mean()).backward()
    figures = agent.learn(rollout, RNG, 0.0)
    assert agent._flat.flat.grad.numpy() == pytest.approx(plain._flat.flat.grad.numpy(), rel=1e-3, abs=1e-4)
    assert figures["share_used"] == pytest.approx(len(terms) / 75)


def test_a_baseline_that_knows_the_return_leaves_no_gradient():
    rollout, *spaces = rollout_of(CartPole(limit=5), steps=10, size=4)
    one_step = replace(rollout, terminated=np.ones_like(rollout.terminated), truncated=np.zeros_like(rollout.truncated))
    agent = built(Reinforce(), spaces)
    with torch.no_grad():
        agent.networks.critic[-1].weight.zero_()
        agent.networks.critic[-1].bias.fill_(1.0)
    agent.learn(one_step, RNG, 0.0)
    assert all(float(p.grad.abs().max()) < 1e-6 for p in agent.policy.parameters())


def test_without_any_finished_episode_nothing_is_learned():
    rollout, *spaces = rollout_of(CartPole(), steps=3)
    agent = built(Reinforce(), spaces)
    before = agent._flat.flat.detach().clone()
    assert agent.learn(rollout, RNG, 0.0) == {"share_used": 0.0} and (agent._flat.flat == before).all()
