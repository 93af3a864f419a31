from dataclasses import replace

import numpy as np
import pytest
import torch

from shoestring.rl.agents import PlainActorCritic
from shoestring.rl.envs import CartPole, Pendulum
from tests.rl.agents.rollouts import built, rollout_of

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("form", ["td", "q"])
def test_one_step_is_the_gradient_of_the_formulas(form):
    """Step by step: the sums of delta times the gradient of V or Q, and of the weight times that of log pi."""
    rollout, *spaces = rollout_of(CartPole(limit=9), steps=12, size=3)
    assert rollout.truncated.any()
    agent, plain = (built(PlainActorCritic(form=form), spaces) for _ in range(2))
    actor, critic = [], []
    draws = np.random.default_rng(7)
    reached_q = agent._q_reached(rollout, np.random.default_rng(7)) if form == "q" else None
    for t in range(12):
        for b in range(3):
            seen = torch.from_numpy(rollout.observation[t, b])
            a, r, reached = int(rollout.action[t, b]), rollout.reward[t, b], torch.from_numpy(rollout.reached[t, b])
            value = plain.networks.critic(seen)[0]
            if form == "td":
                follows = plain.networks.critic(reached)[0].item()
            else:
                known = plain._q(torch.cat([seen, torch.eye(2)[a]]))[0]
                follows = float(reached_q[t, b])
                if t < 11 and not (rollout.terminated[t, b] or rollout.truncated[t, b]):
                    taken = torch.eye(2)[int(rollout.action[t + 1, b])]
                    assert follows == pytest.approx(plain._q(torch.cat([reached, taken]))[0].item(), abs=1e-5)
            target = r + 0.99 * (0.0 if rollout.terminated[t, b] else follows)
            log_p = plain.policy(seen[None])[0].log_softmax(0)[a]
            if form == "td":
                critic.append(-(target - value.item()) * value)
                actor.append(-(target - value.item()) * log_p)
            else:
                critic.append(-(target - known.item()) * known - (target - value.item()) * value)
                actor.append(-known.item() * log_p)
    (torch.stack(actor).mean() + torch.stack(critic).mean()).backward()
    agent.learn(rollout, draws, 0.0)
    for own, theirs in ((agent._actor, plain._actor), (agent._critic, plain._critic)):
        assert own.flat.grad.numpy() == pytest.approx(theirs.flat.grad.numpy(), rel=1e-3, abs=2e-4)


def test_a_truncated_episode_goes_on_and_a_terminated_one_does_not():
    rollout, *spaces = rollout_of(CartPole(limit=3), steps=3, size=2)
    assert rollout.truncated[2].all()
    agent = built(PlainActorCritic(), spaces)
    _, after = rollout.values(agent.networks.value)
    cut = agent._target(after, rollout).numpy().reshape(3, 2)
    ended = agent._target(after, replace(rollout, terminated=rollout.truncated)).numpy().reshape(3, 2)
    assert cut[2] == pytest.approx(1 + 0.99 * after[2], rel=1e-5) and ended[2].tolist() == [1.0, 1.0]


def test_a_box_of_actions_has_a_q_too():
    rollout, *spaces = rollout_of(Pendulum(limit=6), steps=8, size=2)
    agent = built(PlainActorCritic(form="q"), spaces)
    before = agent._actor.flat.detach().clone()
    assert np.isfinite(list(agent.learn(rollout, RNG, 0.0).values())).all()
    assert (agent._actor.flat != before).any()
