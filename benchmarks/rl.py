"""Reinforcement learning against its peers: ``python -m benchmarks.rl [--quick] --json``.

One thread each, both in one process and in turn, seed by seed; processor time, imports left out.

- ``cartpole-475-time``: seconds until the mean of the last 100 training episodes reaches 475, with our
  preset ``rl-ppo`` and with Stable-Baselines3 at the settings of its zoo. The schedules of the learning rates end after
  150,000 steps and after the zoo's 100,000; a run that does not get there counts with all its seconds, and ``solved``
  says how many of each did.
- ``ppo-steps``: steps a second, learning included: our preset beside the defaults of Stable-Baselines3 and beside a
  plain script in the manner of CleanRL with the defaults of that; ``ppo-steps-equal`` has the script's settings on both
  sides (four carts, 16 gradients of 128 rows for every 512 steps).
- ``trpo-time``: seconds for equal steps with equal network, batch and conjugate gradients on a MuJoCo task; the returns
  of both are in the row.
- ``cart-pole-steps``: the environment alone, beside Gymnasium's own vectorised one; ``floor`` is how often a
  second the sine and cosine of a cart's angle can be had and its four numbers copied, which no step does without.

Writes ``benchmarks/results/rl.json`` unless ``--quick``.
"""

import statistics
import time
from collections import deque
from typing import Any

import gymnasium
import numpy as np
import torch

from benchmarks.document import Row, arguments, publish
from benchmarks.rl_plain import cleanrl_style
from shoestring.recipes.training import plan
from shoestring.rl.agents import PPO, TRPO
from shoestring.rl.batch import Environment
from shoestring.rl.envs import CartPole, Gymnasium
from shoestring.rl.rollout import collect

TARGET, RECENT = 475.0, 100
ZOO = {
    "n_steps": 32, "batch_size": 256, "gae_lambda": 0.8, "gamma": 0.98, "n_epochs": 20, "ent_coef": 0.0,
    "learning_rate": lambda left: left * 1e-3, "clip_range": lambda left: left * 0.2,
}  # fmt: skip
"""PPO on CartPole-v1 in rl-baselines3-zoo, with eight environments and 100,000 steps."""


def ours_until(seed: int, total: int, target: float) -> tuple[float, int, bool]:
    """Seconds, steps, and whether the target was reached, with the preset ``rl-ppo``."""
    began, rng = time.process_time(), np.random.default_rng(seed)
    recipe, env, agent = preset(seed)
    recent, steps = deque[float](maxlen=RECENT), 0
    while steps < total:
        rollout = collect(env, agent.policy, recipe.horizon, rng)
        agent.learn(rollout, rng, steps / total)
        steps += rollout.steps
        recent.extend(rollout.returns.tolist())
        if len(recent) == RECENT and statistics.fmean(recent) >= target:
            return time.process_time() - began, steps, True
    return time.process_time() - began, steps, False


def zoo_until(seed: int, total: int, target: float) -> tuple[float, int, bool]:
    """The same of Stable-Baselines3 with the settings of its zoo; the reading of the returns is its own monitor's."""
    from stable_baselines3 import PPO as Peer
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env

    class Until(BaseCallback):
        reached = False

        def _on_step(self) -> bool:
            known = self.model.ep_info_buffer
            if len(known) == RECENT and statistics.fmean(entry["r"] for entry in known) >= target:
                self.reached = True
            return not self.reached

    began, until = time.process_time(), Until()
    model = Peer("MlpPolicy", make_vec_env("CartPole-v1", n_envs=8, seed=seed), seed=seed, device="cpu", **ZOO)
    model.learn(total, callback=until)
    return time.process_time() - began, model.num_timesteps, until.reached


def solved_row(seeds: int, total: int, peer_total: int, target: float) -> Row:
    """``cartpole-475-time``."""
    both = [(ours_until(seed, total, target), zoo_until(seed, peer_total, target)) for seed in range(seeds)]
    row = paired("cartpole-475-time", "stable-baselines3-zoo", [(a[0], b[0]) for a, b in both])
    return row | {
        "steps": statistics.median(a[1] for a, _ in both),
        "peer_steps": statistics.median(b[1] for _, b in both),
        "solved": f"{sum(a[2] for a, _ in both)} and {sum(b[2] for _, b in both)} of {seeds}",
    }


def our_steps(env: Environment, agent: Any, horizon: int, total: int, seed: int) -> tuple[float, list[float]]:
    """Seconds for ``total`` steps with learning, and the returns of the last episodes."""
    rng, recent = np.random.default_rng(seed), deque[float](maxlen=20)
    began = time.process_time()
    for done in range(0, total, horizon * env.size):
        rollout = collect(env, agent.policy, horizon, rng)
        agent.learn(rollout, rng, done / total)
        recent.extend(rollout.returns.tolist())
    return time.process_time() - began, list(recent)


def preset(seed: int) -> tuple[Any, Environment, Any]:
    """The recipe of ``rl-ppo``, its environments and its agent."""
    recipe = plan("rl-ppo", environment={}).component
    env = recipe.environment.build(recipe.environments, np.random.default_rng(seed))
    agent = recipe.agent.build(env.observation_space, env.action_space, torch.Generator().manual_seed(seed))
    return recipe, env, agent


def ppo_rows(seeds: int, total: int) -> list[Row]:
    """``ppo-steps`` and ``ppo-steps-equal``."""
    from stable_baselines3 import PPO as Peer

    beside: dict[tuple[str, str], list[tuple[float, float]]] = {}
    equal = PPO(trace=0.95, epochs=4, minibatch=128, learning_rate=2.5e-4, entropy=0.01, hidden=(64, 64))
    for seed in range(seeds):
        recipe, env, agent = preset(seed)
        own, _ = our_steps(env, agent, recipe.horizon, total, seed)
        env = CartPole().build(4, np.random.default_rng(seed))
        agent = equal.build(env.observation_space, env.action_space, torch.Generator().manual_seed(seed))
        # A quarter of the steps where a step takes as long from the first to the last.
        same, _ = our_steps(env, agent, 128, total // 4, seed)
        model = Peer("MlpPolicy", "CartPole-v1", seed=seed, device="cpu")
        began = time.process_time()
        model.learn(total // 4)
        theirs = time.process_time() - began
        plain = cleanrl_style(total // 4, seed)
        beside.setdefault(("ppo-steps", "stable-baselines3"), []).append((own, 4 * theirs))
        beside.setdefault(("ppo-steps", "cleanrl-style"), []).append((own, 4 * plain))
        beside.setdefault(("ppo-steps-equal", "cleanrl-style"), []).append((4 * same, 4 * plain))
    return [rate(paired(*names, pairs), total) for names, pairs in beside.items()]


def trpo_row(seeds: int, total: int, name: str) -> Row:
    """``trpo-time``: equal steps, batch, network and conjugate gradients; the returns of both are in the row."""
    from sb3_contrib import TRPO as Peer
    from stable_baselines3.common.env_util import make_vec_env

    pairs, returns = [], []
    for seed in range(seeds):
        env = Gymnasium(id=name).build(1, np.random.default_rng(seed))
        settings = TRPO(discount=0.99, trace=0.95, iterations=15, damping=0.1)
        agent = settings.build(env.observation_space, env.action_space, torch.Generator().manual_seed(seed))
        own, mine = our_steps(env, agent, 2048, total, seed)
        model = Peer("MlpPolicy", make_vec_env(name, seed=seed), seed=seed, device="cpu", n_steps=2048)
        began = time.process_time()
        model.learn(total)
        pairs.append((own, time.process_time() - began))
        returns.append((statistics.fmean(mine), statistics.fmean(e["r"] for e in list(model.ep_info_buffer)[-20:])))
    row = paired("trpo-time", "sb3-contrib", pairs)
    own_return, peer_return = (statistics.median(side) for side in zip(*returns, strict=True))
    return row | {"task": f"{name}, {total:,} steps", "return": own_return, "peer_return": peer_return}


def raw_row(total: int, repeats: int) -> Row:
    """Environment steps alone, 1,024 carts, random actions."""
    size = 1024
    env = CartPole().build(size, np.random.default_rng(0))
    peer = gymnasium.make_vec("CartPole-v1", size, vectorization_mode="vector_entry_point")
    peer.reset(seed=0)
    action = np.random.default_rng(1).integers(2, size=size)
    pairs, floor = [], float("inf")
    angle, cos, state, copy = (np.zeros(shape) for shape in (size, size, (4, size), (4, size)))

    def least(_: np.ndarray) -> None:
        np.sin(env.state[2], out=angle)
        np.cos(env.state[2], out=cos)
        np.copyto(copy, state)

    for _ in range(repeats):
        sides = []
        for step in (env.step, peer.step, least):
            began = time.process_time()
            for _ in range(total // size):
                step(action)
            sides.append(time.process_time() - began)
        pairs.append((sides[0], sides[1]))
        floor = min(floor, sides[2])
    return rate(paired("cart-pole-steps", "gymnasium-vector", pairs), total) | {"floor": total / floor}


def paired(name: str, peer: str, pairs: list[tuple[float, float]]) -> Row:
    """Seconds (ours, theirs) of each seed as ratios with their spread."""
    ratios = [their / our for our, their in pairs]
    our, their = (statistics.median(side) for side in zip(*pairs, strict=True))
    return {
        "name": name, "peer": peer, "ratio": statistics.median(ratios), "low": min(ratios), "high": max(ratios),
        "ours": our, "theirs": their, "unit": "s", "limit": None, "seeds": len(pairs),
    }  # fmt: skip


def rate(row: Row, total: int) -> Row:
    """The same in steps a second."""
    return row | {"ours": total / row["ours"], "theirs": total / row["theirs"], "unit": "steps/s"}


def main() -> None:
    """Run all rows and print them."""
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(1)
    if options.quick:
        rows = [
            raw_row(100_000, 2),
            solved_row(1, 3_000, 3_000, 40.0),
            *ppo_rows(1, 8_192),
            trpo_row(1, 4_096, "InvertedPendulum-v5"),
        ]
    else:
        rows = [
            raw_row(5_000_000, 5),
            solved_row(10, 150_000, 100_000, TARGET),
            *ppo_rows(3, 65_536),
            trpo_row(3, 61_440, "InvertedPendulum-v5"),
        ]
    publish("rl", rows, options, clock="processor time of one thread, imports left out")


if __name__ == "__main__":
    main()
