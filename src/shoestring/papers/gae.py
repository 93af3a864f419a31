"""Schulman et al. 2016, generalised advantage estimation: what they claim and how it is measured here.

The cart-pole is theirs: the equations of Barto 1983, a linear policy, one hidden layer of 20 units for the values,
batches of 20 episodes of at most 1,000 steps, policies compared after 20 updates, 21 seeds. Which lambda is held
against 0 and 1 was fixed before: .96, which the article uses on its large tasks. Those are replaced by three of MuJoCo
at a budget that a laptop can pay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from shoestring.core.errors import MissingExtraError
from shoestring.papers.claims import Claim
from shoestring.papers.finished import finished
from shoestring.papers.gae_cart_pole import Learned, learn
from shoestring.papers.rl_claims import Statement, comparison, estimate, level, untested
from shoestring.rl.agents import TRPO
from shoestring.rl.envs import Gymnasium
from shoestring.rl.rollout import evaluate
from shoestring.rl.spaces import Box

COMMAND = "shoestring reproduce gae"
DISCOUNTS = (0.9, 0.96, 0.99, 1.0)
TRACES = (0.0, 0.64, 0.92, 0.96, 1.0)
GOOD_DISCOUNTS, GOOD_TRACES = (0.96, 0.99), (0.92, 0.96)
"""Of the grid, those inside the ranges that the article found best: gamma .96 to .99, lambda .92 to .99."""
UPDATES, SEEDS = 20, 21
RETURN = "return of 1,000 after 20 updates"
SPEED = "mean return over the 20 updates"


@dataclass(frozen=True)
class Task:
    """A task of MuJoCo with what others published for it."""

    id: str
    published: float
    source: str
    steps: str
    """After which it was reached."""
    beside: str
    """What else is published."""


TASKS = (
    Task("InvertedPendulum-v5", 950.0, "Gymnasium's threshold", "no stated steps", "CleanRL's PPO: 963 at 1M steps"),
    Task(
        "HalfCheetah-v5", 4471.0, "tianshou's TRPO", "1M steps",
        "TRPO elsewhere at 1M: SB3 zoo 1785, Baselines 1350, Spinning Up 850",
    ),
    Task(
        "Swimmer-v5", 41.0, "tianshou's TRPO", "1M steps",
        "TRPO elsewhere at 1M: Baselines 95, Spinning Up 85, SB3 zoo 366",
    ),
)  # fmt: skip


def measure(*, quick: bool, root: Path) -> list[Claim]:
    """All claims. Full: 21 seeds of the cart-pole and five of MuJoCo; ``quick``: five and two, fewer updates."""
    return [*cart_pole(quick=quick), *mujoco(quick=quick, root=root)]


def settings() -> dict[str, TRPO]:
    """The grid, and the two forms without a value function, with the article's networks."""
    found = {cell(discount, trace): _trpo(discount, trace) for discount in DISCOUNTS for trace in TRACES}
    found["time"] = _trpo(0.99, 1.0, "time")
    found["none"] = _trpo(0.99, 1.0, "none")
    return found


def cart_pole(*, quick: bool) -> list[Claim]:
    """The claims that rest on the grid."""
    seeds, updates = (5, 8) if quick else (SEEDS, UPDATES)
    return cart_pole_claims(learn(settings(), range(seeds), updates))


def cart_pole_claims(found: Mapping[str, Learned]) -> list[Claim]:
    """From the returns of every setting."""
    final = {name: one.final for name, one in found.items()}
    speed = {name: one.returns[1:].mean(axis=0) for name, one in found.items()}
    good = cell(0.99, 0.96)
    claims = []
    for suffix, metric, values in (("", RETURN, final), ("-speed", SPEED, speed)):
        for other in (0.0, 1.0):
            text = f"With gamma .99, lambda .96 is better than lambda {other:.0f}"
            said = Statement(f"lambda-{other:.0f}{suffix}", text, "section 6.2, figure 2", metric, COMMAND)
            against = cell(0.99, other)
            spent = found[good].steps + found[against].steps
            note = "lambda .96 was fixed before measuring"
            claims.append(comparison(said, values[good], values[against], spent=spent, note=note))
    inside = [cell(discount, trace) for discount in GOOD_DISCOUNTS for trace in GOOD_TRACES]
    outside = [name for name in final if name.startswith("gamma") and name not in inside]
    said = Statement(
        "grid", "Gamma .96 to .99 with lambda .92 to .99 is better than the rest of the grid", "section 6.2, figure 2",
        f"{RETURN}, mean of the settings", COMMAND,
    )  # fmt: skip
    ours, theirs = (np.mean([final[name] for name in names], axis=0) for names in (inside, outside))
    spent = sum(found[name].steps for name in [*inside, *outside])
    claims.append(comparison(said, ours, theirs, spent=spent, note=grid_text(final)))
    for name, text in (("time", "the mean return at each time"), ("none", "no baseline at all")):
        said = Statement(
            f"value-{name}", f"A value function (lambda .96) is better than {text} (lambda 1)",
            "section 6.3, figures 3 and 4, on larger tasks", RETURN, COMMAND,
        )  # fmt: skip
        spent = found[good].steps + found[name].steps
        claims.append(comparison(said, final[good], final[name], spent=spent, note="gamma .99"))
    return claims


def mujoco(*, quick: bool, root: Path, tasks: Sequence[Task] = TASKS) -> list[Claim]:
    """TRPO with GAE on three tasks: what the drawn actions return after the budget, beside published scores."""
    seeds, steps = (range(2), 10_000) if quick else (range(5), 1_000_000)
    claims = []
    for task in tasks:
        said = Statement(
            f"mujoco-{task.id.partition('-')[0].lower()}",
            f"TRPO with GAE (gamma .995, lambda .97) learns {task.id}, here in {steps:,} steps", task.source,
            "return of drawn actions", COMMAND,
        )  # fmt: skip
        try:
            chance = random_return(task.id)
        except MissingExtraError as error:
            claims.append(untested(said, str(error)))
            continue
        overrides = [f"environment.id={task.id}", f"env_steps={steps}", "evaluation_episodes=5"]
        runs = [finished("rl-trpo-mujoco", overrides, seed=seed, root=root) for seed in seeds]
        returns = [run.summary()["metrics"]["return_drawn"]["value"] for run in runs]
        spent = sum(run.spent().get("env_steps", 0) for run in runs)
        note = f"random actions return {chance:.4g}; published at {task.steps}; {task.beside}"
        claims.append(level(said, returns, published=task.published, chance=chance, spent=spent, note=note))
    return claims


def random_return(name: str, episodes: int = 10) -> float:
    """Mean return of uniform actions. Raises MissingExtraError when the environment is not installed."""
    environment = Gymnasium(id=name).build(episodes, np.random.default_rng(0))
    box, rng = environment.action_space, np.random.default_rng(1)
    assert isinstance(box, Box)
    low, high = np.array(box.low), np.array(box.high)
    return float(evaluate(environment, lambda seen: rng.uniform(low, high, (len(seen), box.size)), 1).mean())


def cell(discount: float, trace: float) -> str:
    """The name of a place of the grid."""
    return f"gamma {discount:g} lambda {trace:g}"


def grid_text(final: Mapping[str, np.ndarray]) -> str:
    """The interquartile means of the whole grid in one line."""
    rows = []
    for discount in DISCOUNTS:
        levels = " ".join(f"{estimate(final[cell(discount, trace)]).value:.0f}" for trace in TRACES)
        rows.append(f"gamma {discount:g}: {levels}")
    return f"returns by lambda {', '.join(f'{trace:g}' for trace in TRACES)}: {'; '.join(rows)}"


def _trpo(discount: float, trace: float, baseline: Literal["network", "time", "none"] = "network") -> TRPO:
    return TRPO(discount=discount, trace=trace, baseline=baseline, hidden=(), critic_hidden=(20,))
