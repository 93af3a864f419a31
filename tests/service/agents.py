"""A run with a real policy and its episodes, made without training, as the recipes leave them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from shoestring.core import config
from shoestring.core.folder import RunFolder
from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.board_games import record_game
from shoestring.rl.board_net import BoardNet, TrainedBoards
from shoestring.rl.boards import Board
from shoestring.rl.deep_q import ExpectedValues, SingleStream
from shoestring.rl.envs import CartPole, CliffWalking, Pendulum
from shoestring.rl.episodes import FOLDER, record, write
from shoestring.rl.finite import FiniteBatch
from shoestring.rl.planning import value_iteration
from shoestring.rl.policy_files import TrainedPolicy
from shoestring.rl.q_network import QNetwork
from shoestring.rl.spaces import Discrete
from shoestring.rl.table_files import TrainedTable
from shoestring.rl.value_files import TrainedValues
from tests.service.runs import make_run


def agent_run(root: Path, name: str, component: CartPole | Pendulum, seed: int = 0) -> tuple[RunFolder, TrainedPolicy]:
    """An untrained agent: an episode of training with drawn actions and one of the end with the most likely ones."""
    run = make_run(root, name, preset="rl-ppo", recipe="rl-rollout")
    world = component.build(1, np.random.default_rng(seed))
    networks = ActorCritic(
        world.observation_space, world.action_space, torch.Generator().manual_seed(seed), hidden=(8,), last_gain=1.0
    )
    policy = TrainedPolicy(
        networks, None, component.kind, world.observation_space, world.action_space, (8,), (8,), name,
        config.as_table(component), 0.98, 0.9,
    )  # fmt: skip
    (run.path / "model").mkdir()
    policy.save(run.path / "model")
    first = record(world, policy, np.random.default_rng(1), phase="training", env_steps=0)
    write(run.path / FOLDER / "training-000000000000.npz", first)
    last = record(component.build(1, np.random.default_rng(2)), policy, env_steps=12_800)
    write(run.path / FOLDER / "evaluation-best.npz", last)
    return run, policy


def values_run(root: Path, name: str) -> tuple[RunFolder, TrainedValues]:
    """Untrained action values of the cart-pole, with one episode of the end."""
    run = make_run(root, name, preset="rl-dqn", recipe="rl-replay")
    component = CartPole(limit=5)
    world = component.build(1, np.random.default_rng(0))
    assert isinstance(world.action_space, Discrete)
    network = QNetwork(
        world.observation_space, world.action_space, torch.Generator().manual_seed(0), hidden=(8,),
        streams=SingleStream(), values=ExpectedValues(),
    )  # fmt: skip
    settings = config.as_table(component)
    values = TrainedValues(network, component.kind, world.observation_space, world.action_space, name, settings)
    (run.path / "model").mkdir()
    values.save(run.path / "model")
    write(run.path / FOLDER / "evaluation-best.npz", record(world, values))
    return run, values


def table_run(root: Path, name: str) -> tuple[RunFolder, TrainedTable]:
    """The optimal policy of the cliff, with two ages whose visits are counted."""
    run = make_run(root, name, preset="rl-sarsa", recipe="rl-tabular")
    mdp = CliffWalking().to_mdp()
    q = mdp.action_values(value_iteration(mdp, 1.0).value, 1.0)
    policy = TrainedTable(q, "cliff-walking", config.as_table(CliffWalking()), 0.1, 1.0, 0.0, name)
    (run.path / "model").mkdir()
    policy.save(run.path / "model")
    for age, seed in ((1000, 0), (2500, 1)):
        world = FiniteBatch(mdp, 1, np.random.default_rng(seed))
        episode = record(world, policy, np.random.default_rng(seed), phase="training", env_steps=age)
        write(run.path / FOLDER / f"training-{age:012d}.npz", replace(episode, visits=3 * world.visits))
    write(run.path / FOLDER / "evaluation-best.npz", record(FiniteBatch(mdp, 1, np.random.default_rng(3)), policy))
    return run, policy


def board_run(
    root: Path, name: str, rules: Board, seed: int = 0, simulations: int = 20
) -> tuple[RunFolder, TrainedBoards]:
    """An untrained player of a board game, with a kept game of training and one of the end."""
    run = make_run(root, name, preset="rl-tictactoe", recipe="rl-self-play")
    network = BoardNet(rules, (16,), torch.Generator().manual_seed(0))
    player = TrainedBoards(network, rules, simulations, 1.5, name)
    (run.path / "model").mkdir()
    player.save(run.path / "model")
    drawn = record_game(player, np.random.default_rng(0), phase="training")
    write(run.path / FOLDER / "training-000000000000.npz", drawn)
    write(run.path / FOLDER / "evaluation-best.npz", record_game(player, env_steps=700))
    return run, player
