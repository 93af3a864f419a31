"""Rollouts for the tests of agents."""

import numpy as np
import torch

from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.rollout import collect


def rollout_of(environment, steps=40, size=6):
    """One rollout by a policy of its own, and the spaces."""
    rng = np.random.default_rng(0)
    env = environment.build(size, rng)
    networks = ActorCritic(env.observation_space, env.action_space, torch.Generator().manual_seed(9))
    return collect(env, networks.policy, steps, rng), env.observation_space, env.action_space


def built(method, spaces):
    """An agent with fixed first weights."""
    return method.build(*spaces, torch.Generator().manual_seed(9))
