"""Networks of the tour: each preset against the threshold of its task, and self-play against perfect play."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shoestring.core.errors import MissingExtraError
from shoestring.papers.claims import Claim, Verdict
from shoestring.papers.finished import finished
from shoestring.papers.rl_claims import Statement, level, untested
from shoestring.recipes.training import plan
from shoestring.rl.rollout import evaluate
from shoestring.rl.spaces import Discrete

COMMAND = "shoestring reproduce rl-tour"
EPISODES = 100
"""Of random actions, to know what knowing nothing is worth."""


@dataclass(frozen=True)
class Task:
    """A task for networks, with the preset that is to solve it."""

    preset: str
    statement: str
    threshold: float
    amount: int
    """Of ``unit``, after which the agent is judged; a tenth of it when the measurement is a quick one."""
    unit: str = "env_steps"
    overrides: tuple[str, ...] = ()
    source: str = "Gymnasium's threshold"
    seeds: int = 10
    """Fewer where a run is dear."""


CART_POLE = 475.0
OF_GYMNASIUM = ("environment.limit=500",)
"""The preset is for a cart-pole of 1,000 steps."""
DEEP = (
    Task("rl-ppo", "PPO balances the cart-pole within 100,000 steps", CART_POLE, 100_000),
    Task("rl-dqn", "DQN balances the cart-pole within 50,000 steps", CART_POLE, 50_000),
    Task("rl-c51", "DQN with a distribution of returns balances the cart-pole within 50,000 steps", CART_POLE, 50_000),
    Task("rl-rainbow", "DQN with all its parts balances the cart-pole within 50,000 steps", CART_POLE, 50_000),
    Task("rl-reinforce", "REINFORCE balances the cart-pole within 500,000 steps", CART_POLE, 500_000),
    Task("rl-actor-critic", "A plain actor-critic balances the cart-pole within 500,000 steps", CART_POLE, 500_000),
    Task("rl-a2c", "A2C balances the cart-pole within 500,000 steps", CART_POLE, 500_000),
    Task("rl-a3c", "A3C balances the cart-pole within 500,000 steps", CART_POLE, 500_000, seeds=3),
    Task("rl-trpo", "TRPO balances the cart-pole within 100,000 steps", CART_POLE, 100_000, overrides=OF_GYMNASIUM),
    Task("rl-evolution", "An evolution strategy balances the cart-pole", CART_POLE, 60, "generations"),
    Task("rl-ppo-acrobot", "PPO swings the acrobot up within 200,000 steps", -100.0, 200_000),
    Task("rl-ppo-pendulum", "PPO swings the pendulum up within 100,000 steps", -200.0, 100_000, source="our aim"),
    Task("rl-ppo-lunar", "PPO lands on the moon within a million steps", 200.0, 1_000_000),
)


def deep(seeds: int, *, quick: bool, root: Path, tasks: Sequence[Task] = DEEP) -> list[Claim]:
    """Return of the most likely actions after the budget; the lower bound over seeds has to reach the threshold."""
    claims = []
    for task in tasks:
        said = Statement(task.preset, task.statement, task.source, "return, 100 episodes a seed", COMMAND)
        try:
            chance = random_return(task.preset)
        except MissingExtraError as error:
            claims.append(untested(said, str(error)))
            continue
        amount = task.amount // 10 if quick else task.amount
        overrides = [*task.overrides, f"{task.unit}={amount}"]
        count = min(seeds, task.seeds)
        runs = [finished(task.preset, overrides, seed=seed, root=root) for seed in range(count)]
        returns = [run.summary()["metrics"]["return_best"]["value"] for run in runs]
        spent = sum(run.spent().get("env_steps", 0) for run in runs)
        note = f"{spent // count:,} steps of each seed; random actions return {chance:.4g}"
        claims.append(level(said, returns, published=task.threshold, chance=chance, spent=spent, note=note))
    return claims


def random_return(preset: str) -> float:
    """Mean return of uniform actions in the environment of ``preset``; a box is drawn from uniformly."""
    rng = np.random.default_rng(0)
    environment = plan(preset).component.environment.build(20, rng)
    space = environment.action_space

    def act(seen: np.ndarray) -> np.ndarray:
        if isinstance(space, Discrete):
            return rng.integers(space.n, size=len(seen))
        return rng.uniform(space.low, space.high, (len(seen), space.size))

    return float(evaluate(environment, act, EPISODES // environment.size).mean())


def tic_tac_toe(seeds: int, *, quick: bool, root: Path) -> Claim:
    """Lines of play in which the trained network is beaten, when every reply of every opponent is tried."""
    overrides = ["iterations=2"] if quick else []
    runs = [finished("rl-tictactoe", overrides, seed=seed, root=root) for seed in range(seeds)]
    lost = [int(run.summary()["metrics"]["lines_lost"]) for run in runs]
    verdict: Verdict = "met" if not any(lost) else "met in direction" if lost.count(0) > len(lost) / 2 else "not met"
    return Claim(
        id="rl-tictactoe", statement="Self-play with tree search never loses tic-tac-toe, to perfect play or any other",
        source="Silver et al. 2017, on a small board", metric="lines lost, the most of any seed", published=0.0,
        ours=float(max(lost)), seeds=seeds, values=lost, verdict=verdict, command=COMMAND,
        budget={"env_steps": sum(run.spent().get("env_steps", 0) for run in runs)},
        why="every line of play is tried, moving first and second; met when no seed loses any",
    )  # fmt: skip
