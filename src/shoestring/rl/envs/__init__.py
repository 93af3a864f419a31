"""The environments. A union is the registry, chosen by ``kind``.

A ``BatchedEnvironment`` has ``build(size, rng)``: that many copies, stepped together. A ``FiniteEnvironment`` has
``to_mdp()``: its exact model, and with it its exact solution.
"""

from shoestring.rl.envs.acrobot import Acrobot
from shoestring.rl.envs.blackjack import Blackjack
from shoestring.rl.envs.cart_pole import CartPole
from shoestring.rl.envs.chain import Chain
from shoestring.rl.envs.cliff_walking import CliffWalking
from shoestring.rl.envs.deep_sea import DeepSea
from shoestring.rl.envs.frozen_lake import FrozenLake
from shoestring.rl.envs.grid_world import GridWorld
from shoestring.rl.envs.gymnasium_id import Gymnasium
from shoestring.rl.envs.mountain_car import MountainCar
from shoestring.rl.envs.pendulum import Pendulum
from shoestring.rl.envs.random_walk import RandomWalk
from shoestring.rl.envs.taxi import Taxi

FiniteEnvironment = FrozenLake | CliffWalking | Taxi | Blackjack | RandomWalk | Chain | DeepSea | GridWorld
"""Small environments whose dynamics are a table."""

BatchedEnvironment = CartPole | Pendulum | MountainCar | Acrobot | Gymnasium
"""Environments with observations that are numbers."""
