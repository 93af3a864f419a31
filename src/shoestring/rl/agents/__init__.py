"""Agents that learn from rollouts. A union is the registry, chosen by ``kind``.

A ``RolloutMethod`` has ``build(observation space, action space, generator)``; what it builds has a ``policy`` that acts
and ``learn(rollout, rng, progress) -> figures``, and everything it remembers is in its state.
"""

from shoestring.rl.agents.a2c import A2C
from shoestring.rl.agents.plain_actor_critic import PlainActorCritic
from shoestring.rl.agents.ppo import PPO
from shoestring.rl.agents.reinforce import Reinforce
from shoestring.rl.agents.trpo import TRPO

RolloutMethod = PPO | TRPO | A2C | PlainActorCritic | Reinforce
